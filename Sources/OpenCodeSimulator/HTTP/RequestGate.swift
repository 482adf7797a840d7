import HTTPTypes
import JSON

/// Who may talk to the simulator at all. It writes files where it is told to, so that a web page in the user's browser
/// must not reach it: neither with a request of its own nor through a name that points here.
struct RequestGate: Sendable {
    private let host: String
    /// The name and the password, in base 64.
    private let credentials: String?
    private let isWire2: Bool

    init(_ options: SimulatorOptions, _ version: SimulatorVersion) {
        host = options.host.lowercased()
        credentials = options.password.map { password in
            Base64.encode("\(options.username ?? "opencode"):\(password)".utf8)
        }
        isWire2 = version.isWire2
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
        guard let credentials, head.headerFields[.authorization] != "Basic \(credentials)" else { return nil }
        // What reads a query may take the plus of base 64 for a space.
        let token = SimulatorRequest(head).query["auth_token"]?.replacing(" ", with: "+")
        if isWire2 && token == credentials { return nil }
        return Self.unauthorized(isWire2: isWire2)
    }

    static func unauthorized(isWire2: Bool) -> Answer {
        if isWire2 { return Wire2Failure.unauthorized.answer }
        return Answer(
            status: 401, headers: [("WWW-Authenticate", "Basic realm=\"Secure Area\"")],
            body: .text("Unauthorized", type: "text/plain; charset=utf-8"))
    }

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
