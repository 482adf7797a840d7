/// Comparison of secrets. The only one there is.
enum ConstantTime {
    /// Whether both are the same. How long it takes depends on the length of `shown` alone: not on where the two differ,
    /// and not on how long the secret is.
    @inline(never)
    static func isEqual(_ shown: [UInt8], _ secret: [UInt8]) -> Bool {
        var difference = shown.count ^ secret.count
        guard !secret.isEmpty else { return false }
        var position = 0
        for byte in shown {
            difference |= Int(byte ^ secret[position])
            position += 1
            // Without a branch that depends on a byte.
            if position == secret.count { position = 0 }
        }
        return difference == 0
    }
}
