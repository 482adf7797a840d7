import Glibc
import SystemPackage

/// Random text from the kernel.
enum GeneratedSecret {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// That many random bytes, at most 256, in base64url without padding.
    static func make(bytes count: Int) throws(ServerHostError) -> String {
        var bytes = [UInt8](repeating: 0, count: count)
        // glibc's getentropy is getrandom(2) that can't be interrupted and gives all or nothing.
        try Syscalls.call("getrandom") { bytes.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) } }
        return text(of: bytes)
    }

    /// Base64url (RFC 4648, section 5), without padding.
    static func text(of bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> UInt32(bits) & 0x3F)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(6 - bits) & 0x3F)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether the text could have been made here: so it can stand in an environment and in a header.
    static func isPlausible(_ text: String) -> Bool {
        (16...256).contains(text.utf8.count) && text.utf8.allSatisfy(alphabet.contains)
    }
}
