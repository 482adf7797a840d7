import HTTPTypes
import JSON

/// Who may talk to the simulator at all. It writes files where it is told to, so that a web page in the user's browser
/// must not reach it: neither with a request of its own nor through a name that points here.
struct RequestGate: Sendable {
    private let host: String
    private let authorization: String?

    init(_ options: SimulatorOptions) {
        host = options.host.lowercased()
        authorization = options.password.map { password in
            "Basic " + Base64.encode("\(options.username ?? "opencode"):\(password)".utf8)
        }
    }

    /// Nil if the request may pass.
    func refusal(_ head: HTTPRequest) -> Answer? {
        if let authority = head.authority, !isOurs(Self.name(authority)) {
            return .failure(403, "The simulator does not answer to the name \(authority.prefix(80))")
        }
        if let name = HTTPField.Name("origin"), let origin = head.headerFields[name],
            !isOurs(Self.name(origin.replacing("http://", with: "").replacing("https://", with: "")))
        {
            return .failure(403, "The simulator does not answer web pages of other hosts")
        }
        if let authorization, head.headerFields[.authorization] != authorization { return Self.unauthorized }
        return nil
    }

    static let unauthorized = Answer(
        status: 401, headers: [("WWW-Authenticate", "Basic realm=\"Secure Area\"")],
        body: .text("Unauthorized", type: "text/plain; charset=utf-8"))

    private func isOurs(_ name: String) -> Bool {
        // Who listens for everybody is reached by names that we can't know.
        if ["0.0.0.0", "::"].contains(host) { return true }
        return ["127.0.0.1", "localhost", "[::1]", host, "[\(host)]"].contains(name)
    }

    /// The host of `host:port`.
    private static func name(_ authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") { return String(text[...end]) }
        return text.split(separator: ":").first.map(String.init) ?? text
    }
}

/// RFC 4648, with padding.
enum Base64 {
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        var bits = 0
        var count = 0
        for byte in bytes {
            bits = (bits << 8 | Int(byte)) & 0xFFFF
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[bits >> count & 63])
            }
        }
        if count > 0 { text.append(alphabet[bits << (6 - count) & 63]) }
        while text.utf8.count % 4 != 0 { text.append("=") }
        return text
    }
}
