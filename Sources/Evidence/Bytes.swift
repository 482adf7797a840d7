import Glibc

/// Bytes in order, as the kernel and git compare names.
enum Bytes {
    /// Below zero, zero or above it, as memcmp(3) answers; what ends first comes first.
    static func order(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int32 {
        left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in
                let count = min(left.count, right.count)
                if count > 0, let first = left.baseAddress, let second = right.baseAddress {
                    let order = memcmp(first, second, count)
                    if order != 0 { return order }
                }
                return left.count == right.count ? 0 : left.count < right.count ? -1 : 1
            }
        }
    }

    static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool { order(left[...], right[...]) < 0 }
}
