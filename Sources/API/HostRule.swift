import HTTPTypes
import Hummingbird
import NIOCore

/// Which names this server answers to. A name that an attacker points at this machine is none of them.
struct HostRule: Sendable {
    private let names: Set<String>

    /// - Parameters:
    ///   - host: What we listen on.
    ///   - allowed: `server.allowed_hosts`.
    init(host: String, allowed: [String]) {
        names = Set(["localhost", "127.0.0.1", "::1", host.lowercased()] + allowed.map { $0.lowercased() })
    }

    /// The `Host` header in lower case, with its port if there is one.
    ///
    /// - Throws: ``Problem`` of kind `badHost` or `foreignHost`.
    func check(_ request: Request, channel: any Channel) throws(Problem) -> String {
        guard let authority = try Self.onlyAuthority(of: request), let host = Self.host(of: authority) else {
            throw Self.badHost
        }
        guard names.contains(host) || host == Self.address(of: channel) else {
            throw Problem(
                .foreignHost,
                "\"\(host.prefix(160))\" is not a name of this server; use localhost, or add it to server.allowed_hosts."
            )
        }
        return authority
    }

    private static let badHost = Problem(.badHost, "Send one Host header, NAME or NAME:PORT.")

    /// The `Host` header in lower case; nil if there is none.
    static func onlyAuthority(of request: Request) throws(Problem) -> String? {
        // A second Host header stays among the fields; whoever sends two wants different readers to see different ones.
        if request.headers.contains(where: { $0.name.canonicalName == "host" }) { throw badHost }
        return request.head.authority?.lowercased()
    }

    /// The address that the connection came to: a page can have it as its host only by being from here.
    private static func address(of channel: any Channel) -> String? {
        guard let address = channel.localAddress?.ipAddress?.lowercased() else { return nil }
        let mapped = "::ffff:"
        return address.hasPrefix(mapped) && address.contains(".") ? String(address.dropFirst(mapped.count)) : address
    }

    /// `name` of `name:8967`, `::1` of `[::1]:8967`; nil for anything else.
    private static func host(of authority: String) -> String? {
        var rest = authority[...]
        let host: Substring
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
        } else {
            host = rest.prefix { $0 != ":" }
            rest = rest[host.endIndex...]
        }
        guard !host.isEmpty else { return nil }
        if rest.isEmpty { return String(host) }
        let port = rest.dropFirst()
        guard rest.first == ":", (1...5).contains(port.utf8.count),
            port.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return String(host)
    }
}
