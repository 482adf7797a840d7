import YAML

/// What URLs the configuration takes. Only `http` and `https`, and never with a user or password in them: a URL ends up
/// in logs.
enum ConfigurationURL {
    static let expected = "an http:// or https:// URL"

    struct Fault: Error {
        var message: String
    }

    /// The root of a server, without a slash at its end.
    static func root(_ text: String) throws(Fault) -> String {
        _ = try authority(of: text)
        guard !text.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) else {
            throw Fault(message: "should be \(expected) without a query or fragment")
        }
        var root = text[...]
        while root.hasSuffix("/") { root.removeLast() }
        return String(root)
    }

    /// A webhook's address. Nil after a problem has been noted, in which the address is not quoted.
    static func webhook(_ node: YAMLNode, _ reader: inout ConfigurationReader, part: String? = nil) -> String? {
        guard case .scalar(let text, _, _) = node.content else {
            reader.unexpected(expected, node, part: part)
            return nil
        }
        let trimmed = ConfigurationReader.trim(text)
        do {
            _ = try authority(of: trimmed)
            return trimmed
        } catch {
            reader.fault(error.message, at: node, part: part)
            return nil
        }
    }

    /// `https://hooks.example.com/…`
    static func withoutPath(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return "…" }
        let rest = url[scheme.upperBound...]
        guard let end = rest.firstIndex(where: { "/?#".contains($0) }) else { return url }
        return rest[end...] == "/" ? url : url[..<end] + "/…"
    }

    /// Host and port of a URL; the port is that of the scheme where none is written.
    static func authority(of text: String) throws(Fault) -> (host: String, port: Int) {
        let lowercased = text.lowercased()
        let scheme = ["http://", "https://"].first { lowercased.hasPrefix($0) }
        guard let scheme, text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
            throw Fault(message: "should be \(expected), in ASCII and without spaces")
        }
        let rest = lowercased.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#\\".contains($0) }
        guard !authority.contains("@") else {
            throw Fault(
                message: "should hold no user or password: it ends up in logs; "
                    + "for OpenCode, set OPENLOOM_OPENCODE_USERNAME and OPENLOOM_OPENCODE_PASSWORD"
            )
        }
        let (host, port) = split(authority)
        guard !host.isEmpty, rest.dropFirst(authority.count).first != "\\" else {
            throw Fault(message: "should be \(expected) with a host")
        }
        guard let port else { return (host, scheme == "http://" ? 80 : 443) }
        guard let number = Int(port), port.allSatisfy(\.isNumber), (1...65_535).contains(number) else {
            throw Fault(message: "should be \(expected) with a port from 1 to 65535")
        }
        return (host, number)
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

    /// Whether a host is this machine, by name or address.
    static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if ["localhost", "::1"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
