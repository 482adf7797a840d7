/// The host and port that an `http` or `https` URL names.
package struct HTTPAddress: Sendable, Hashable {
    /// In lower case; an IPv6 address without brackets.
    package var host: String
    /// That of the scheme where none is written.
    package var port: Int

    package static let expected = "an http:// or https:// URL"

    /// What is wrong with a text, as the end of a sentence. Does not quote it.
    package struct Fault: Error, Sendable, Hashable {
        package var message: String

        package init(message: String) { self.message = message }
    }

    /// - Throws: ``Fault`` also for a URL with a user or password in it, as URLs end up in logs.
    package init(url text: String) throws(Fault) {
        let lowercased = text.lowercased()
        let scheme = ["http://", "https://"].first { lowercased.hasPrefix($0) }
        guard let scheme, text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
            throw Fault(message: "should be \(Self.expected), in ASCII and without spaces")
        }
        let rest = lowercased.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#\\".contains($0) }
        guard !authority.contains("@") else {
            throw Fault(
                message: "should hold no user or password: it ends up in logs; "
                    + "for OpenCode, set OPENLOOM_OPENCODE_USERNAME and OPENLOOM_OPENCODE_PASSWORD"
            )
        }
        let (host, port) = Self.split(authority)
        guard !host.isEmpty, rest.dropFirst(authority.count).first != "\\" else {
            throw Fault(message: "should be \(Self.expected) with a host")
        }
        self.host = host
        guard let port else {
            self.port = scheme == "http://" ? 80 : 443
            return
        }
        guard let number = Int(port), port.allSatisfy(\.isNumber), (1...65_535).contains(number) else {
            throw Fault(message: "should be \(Self.expected) with a port from 1 to 65535")
        }
        self.port = number
    }

    private static func split(_ authority: Substring) -> (host: String, port: Substring?) {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return ("", nil) }
            let rest = authority[authority.index(after: end)...]
            let host = String(authority[authority.index(after: authority.startIndex)..<end])
            if rest.isEmpty { return (host, nil) }
            return rest.hasPrefix(":") ? (host, rest.dropFirst()) : ("", nil)
        }
        guard let colon = authority.firstIndex(of: ":") else { return (String(authority), nil) }
        return (String(authority[..<colon]), authority[authority.index(after: colon)...])
    }

    package var isLoopback: Bool { Self.isLoopback(host) }

    /// Whether a host is this machine, by name or address.
    package static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if ["localhost", "::1"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
