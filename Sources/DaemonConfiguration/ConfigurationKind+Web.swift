import Curl
import JSON
import YAML

extension ConfigurationKind where Value == [String] {
    /// Names in the `Host` header, in lower case.
    static var hostNames: Self {
        let expected = "a list of host names"
        return Self(expected: expected, shape: .list) { node, reader in
            ConfigurationList.read(expected, node, &reader) { element, part, reader in
                let one = "a host name or an address without a port, like openloom.example"
                guard let text = reader.text(one, element, part: part) else { return nil }
                let name = WebName.host(text)
                if name == nil { reader.unexpected(one, element, part: part) }
                return name
            }
        } show: {
            JSONValue($0)
        }
    }

    /// Web pages, as browsers write their origins.
    static var webOrigins: Self {
        let expected = "a list of origins"
        return Self(expected: expected, shape: .list) { node, reader in
            ConfigurationList.read(expected, node, &reader) { element, part, reader in
                let one = "an origin written out, like https://openloom.example or http://localhost:3000"
                guard let text = reader.text(one, element, part: part) else { return nil }
                let origin = WebName.origin(text)
                if origin == nil { reader.unexpected(one, element, part: part) }
                return origin
            }
        } show: {
            JSONValue($0)
        }
    }
}

/// Names that come with a request from a browser.
private enum WebName {
    /// Nil unless it is a name or an address, alone. No pattern is one: every name must be meant.
    static func host(_ text: String) -> String? {
        var text = text.lowercased()
        if text.hasPrefix("["), text.hasSuffix("]") {
            text = String(text.dropFirst().dropLast())
            return text.contains(":") && text.utf8.allSatisfy { "0123456789abcdef:.".utf8.contains($0) } ? text : nil
        }
        let isName = text.utf8.allSatisfy {
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                || "-._".utf8.contains($0)
        }
        return isName && !text.isEmpty && text.utf8.count <= 253 ? text : nil
    }

    /// Nil unless it is a scheme, a host and perhaps a port, and the port is not that of the scheme: browsers leave it out.
    static func origin(_ text: String) -> String? {
        let text = text.lowercased()
        guard let address = try? HTTPAddress(url: text) else { return nil }
        let scheme = text.hasPrefix("https") ? "https" : "http"
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        guard Self.host(host) != nil else { return nil }
        let bare = "\(scheme)://\(host)"
        let standard = scheme == "https" ? 443 : 80
        if text == bare || text == "\(bare):\(standard)" { return bare }
        return text == "\(bare):\(address.port)" ? text : nil
    }
}
