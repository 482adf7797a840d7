import Crypto

package enum ContentHash {
    /// SHA-256 in hexadecimal digits.
    package static func text(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0\(text)" : text
        }.joined()
    }
}
