import Connectors
import Curl

/// Where storage is: `SCHEME://HOST:PORT/PATH`, without anything secret.
package struct StorageURL: Sendable, Hashable, CustomStringConvertible {
    package let kind: StorageKind
    /// In lower case.
    package let scheme: String
    /// In lower case, an IPv6 address without brackets; of S3 the bucket; empty for `file`.
    package let host: String
    /// Nil where none is written.
    package let port: Int?
    /// The names of the root, decoded.
    package let path: [String]

    /// What is wrong with a text, as the end of a sentence. Does not quote it.
    package struct Fault: Error, Sendable, Hashable {
        package var message: String
    }

    package init(_ text: String) throws(Fault) {
        guard let mark = text.firstRange(of: "://"),
            let kind = StorageKind(scheme: text[..<mark.lowerBound].lowercased())
        else { throw Fault(message: "should be a URL that begins with one of \(StorageKind.allSchemes), and ://") }
        self.kind = kind
        scheme = text[..<mark.lowerBound].lowercased()
        let rest = text[mark.upperBound...].utf8
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        guard !authority.contains(UInt8(ascii: "@")) else {
            throw Fault(
                message: "should hold no user or password: it ends up in logs; give the user as user, "
                    + "and the password as password_file or password_env")
        }
        guard !rest.contains(UInt8(ascii: "?")), !rest.contains(UInt8(ascii: "#")) else {
            throw Fault(message: "should have no query or fragment; a ? in a name is written %3F, a # is written %23")
        }
        (host, port) = try Self.split(Substring(authority).lowercased())
        let isLocal = kind == .directory
        guard isLocal ? ["", "localhost"].contains(host) && port == nil : !host.isEmpty else {
            throw Fault(
                message: isLocal
                    ? "should be file:///ABSOLUTE/DIRECTORY, with three slashes"
                    : "should be \(scheme)://HOST/DIRECTORY")
        }
        guard kind != .bucket || port == nil else {
            throw Fault(message: "should be s3://BUCKET/DIRECTORY; where the storage is goes into endpoint")
        }
        guard let decoded = percentDecoded(String(Substring(rest.dropFirst(authority.count)))) else {
            throw Fault(message: "has a % that begins no %XX of UTF-8; a % in a name is written %25")
        }
        do throws(ConnectorError) {
            path = try StoragePath.components(decoded)
        } catch {
            throw Fault(message: "has \(error.message)")
        }
    }

    private static func split(_ authority: String) throws(Fault) -> (host: String, port: Int?) {
        var host = authority[...]
        var port: Substring?
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { throw Fault(message: "has a [ without ]") }
            let rest = host[host.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw Fault(message: "has something between ] and :") }
            port = rest.isEmpty ? nil : rest.dropFirst()
            host = host[host.index(after: host.startIndex)..<end]
        } else if let colon = host.firstIndex(of: ":") {
            port = host[host.index(after: colon)...]
            host = host[..<colon]
        }
        guard host.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
            throw Fault(message: "should have its host in ASCII")
        }
        guard let port else { return (String(host), nil) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw Fault(message: "should have a port from 1 to 65535")
        }
        return (String(host), number)
    }

    /// As in a URL: an IPv6 address in brackets, and the port if one is written.
    package var authority: String {
        (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
    }

    /// Whether what is sent can be read on the way by nobody.
    package var isEncrypted: Bool { ["davs", "webdavs", "https"].contains(scheme) }

    package var description: String {
        "\(scheme)://\(authority)/\(path.map(percentEncoded(query:)).joined(separator: "/"))"
    }
}
