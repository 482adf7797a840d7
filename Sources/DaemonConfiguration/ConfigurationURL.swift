import Curl
import YAML

/// What URLs the configuration takes. Only `http` and `https`, and never with a user or password in them: a URL ends up
/// in logs.
enum ConfigurationURL {
    /// The root of a server, without a slash at its end.
    static func root(_ text: String) throws(HTTPAddress.Fault) -> String {
        _ = try HTTPAddress(url: text)
        guard !text.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) else {
            throw HTTPAddress.Fault(message: "should be \(HTTPAddress.expected) without a query or fragment")
        }
        var root = text[...]
        while root.hasSuffix("/") { root.removeLast() }
        return String(root)
    }

    /// A webhook's address. Nil after a problem has been noted, in which the address is not quoted.
    static func webhook(_ node: YAMLNode, _ reader: inout ConfigurationReader, part: String? = nil) -> String? {
        guard case .scalar(let text, _, _) = node.content else {
            reader.unexpected(HTTPAddress.expected, node, part: part)
            return nil
        }
        let trimmed = ConfigurationReader.trim(text)
        do {
            _ = try HTTPAddress(url: trimmed)
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
}
