/// What answers at an address, as found by asking it.
package struct ServerIdentity: Sendable, Hashable {
    /// The dialect: `1` for OpenCode 1.15–1.18, `2` for 2.0.6 and later.
    package var wire: Int
    package var version: String
    /// Of the server's process, where it tells (2.x).
    package var pid: Int?
    package var url: String
    /// How we prove who we are, for people: "no password", "password from …". Holds no secret.
    package var authentication: String

    package init(wire: Int, version: String, pid: Int? = nil, url: String = "", authentication: String = "") {
        self.wire = wire
        self.version = version
        self.pid = pid
        self.url = url
        self.authentication = authentication
    }

    /// Whether the server keeps the message id that we choose and stays sane: on 1.x only since 1.18.15, which orders
    /// messages by time. Before, an id from a clock that differs makes it loop or fall silent. 2.x takes the same id
    /// again for the same prompt.
    package var keepsPromptIDs: Bool {
        if wire == 2 { return true }
        guard let numbers = VersionNumber(version) else { return false }
        return numbers >= VersionNumber(1, 18, 15)
    }

    /// `OpenCode 2.0.27 (wire 2, pid 4711) at http://127.0.0.1:4096, password from …`
    package var summary: String {
        let process = pid.map { ", pid \($0)" } ?? ""
        let proof = authentication.isEmpty ? "" : ", \(authentication)"
        return "OpenCode \(version) (wire \(wire)\(process)) at \(url)\(proof)"
    }
}
