/// Ids of messages in OpenCode's own format.
package enum MessageID {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

    /// `msg_`, twelve hexadecimal digits of the time in 1/4096 ms modulo 2^48, and fourteen random characters.
    package static func make(milliseconds: Int) -> String {
        var random = SystemRandomNumberGenerator()
        let tick = (UInt64(clamping: milliseconds) &* 4096 &+ random.next(upperBound: 4096)) & 0xFFFF_FFFF_FFFF
        let digits = String(tick, radix: 16)
        let tail = (0..<14).map { _ in alphabet[Int(random.next(upperBound: UInt64(alphabet.count)))] }
        return "msg_" + String(repeating: "0", count: 12 - digits.count) + digits + String(tail)
    }
}
