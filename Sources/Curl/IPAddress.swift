import Glibc

/// An address that a name turned out to stand for. An IPv4 address that comes in the clothes of an IPv6 one counts as
/// what it is: the packets go there.
package struct IPAddress: Sendable, Hashable {
    /// 4 or 16 bytes, the most significant first.
    package let bytes: [UInt8]

    /// What kind of place an address is, from the special-purpose registries of IANA (RFC 6890).
    package enum Kind: String, Sendable, Hashable {
        case `public`
        /// This machine.
        case loopback
        /// Addresses of a site: RFC 1918, RFC 4193, carrier-grade NAT, test networks.
        case `private`
        /// No service for others lives there: link-local addresses with the metadata services of clouds among them,
        /// multicast, broadcast, the unspecified address, reserved blocks.
        case special
    }

    init(bytes: [UInt8]) { self.bytes = Self.unwrapped(bytes) }

    /// Reads `192.0.2.1` or `2001:db8::1`, also in brackets.
    package init?(_ text: String) {
        var text = text
        if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
        // A zone says which link, not which address.
        if let zone = text.firstIndex(of: "%") { text = String(text[..<zone]) }
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: withUnsafeBytes(of: &four) { Array($0) })
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(bytes: withUnsafeBytes(of: &six) { Array($0) })
        } else {
            return nil
        }
    }

    /// Reads what the C library made of a name; nil for other families than the two.
    init?(family: Int32, socketAddress: UnsafeRawBufferPointer) {
        switch family {
        case AF_INET:
            let offset = MemoryLayout<sockaddr_in>.offset(of: \.sin_addr) ?? 0
            guard socketAddress.count >= offset + 4 else { return nil }
            self.init(bytes: Array(socketAddress[offset..<offset + 4]))
        case AF_INET6:
            let offset = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) ?? 0
            guard socketAddress.count >= offset + 16 else { return nil }
            self.init(bytes: Array(socketAddress[offset..<offset + 16]))
        default: return nil
        }
    }

    /// `::ffff:a.b.c.d` (mapped), `::a.b.c.d` (compatible), `64:ff9b::a.b.c.d` (NAT64) and `2002:ab:cd::` (6to4) all
    /// lead to `a.b.c.d`.
    private static func unwrapped(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count == 16 else { return bytes }
        let zeros = [UInt8](repeating: 0, count: 10)
        let last = Array(bytes[12...])
        if bytes.starts(with: zeros + [0xFF, 0xFF]) { return last }
        if bytes.starts(with: zeros + [0, 0]), last[0] != 0 { return last }
        if bytes.starts(with: [0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) { return last }
        if bytes.starts(with: [0x20, 0x02]) { return Array(bytes[2..<6]) }
        return bytes
    }

    package var kind: Kind { bytes.count == 4 ? kindOfFour : kindOfSix }

    private var kindOfFour: Kind {
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        case (127, _, _, _): .loopback
        // The metadata service of one cloud lies among the addresses of carrier-grade NAT.
        case (100, 100, 100, 200), (0, _, _, _), (169, 254, _, _), (192, 0, 0, 192), (224..., _, _, _): .special
        case (10, _, _, _), (172, 16...31, _, _), (192, 168, _, _), (100, 64...127, _, _), (192, 0, 0, _),
            (198, 18...19, _, _):
            .private
        default: .public
        }
    }

    private var kindOfSix: Kind {
        let metadata: [UInt8] = [0xFD, 0x00, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54]
        if bytes.dropLast().allSatisfy({ $0 == 0 }) { return bytes[15] == 1 ? .loopback : .special }
        if bytes == metadata { return .special }
        switch (bytes[0], bytes[1]) {
        case (0xFE, 0x80...0xBF), (0xFF, _): return .special
        case (0xFC...0xFD, _), (0xFE, 0xC0...0xFF): return .private
        // Teredo hides an IPv4 address; 100::/64 discards; 0::/8 is reserved but for what was unwrapped.
        case (0x20, 0x01) where bytes[2] == 0 && bytes[3] == 0: return .special
        case (0x01, 0x00) where bytes[2..<8].allSatisfy { $0 == 0 }: return .special
        case (0x00, 0x64) where bytes[2] == 0xFF && bytes[3] == 0x9B: return .private
        case (0x00, _): return .special
        default: return .public
        }
    }
}

extension IPAddress: CustomStringConvertible {
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        inet_ntop(family, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
