import Glibc

/// Bytes in order, as the kernel and git compare names.
enum Bytes {
    /// Below zero, zero or above it, as memcmp(3) answers; what ends first comes first.
    static func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int32 {
        let count = min(left.count, right.count)
        if count > 0, let first = left.baseAddress, let second = right.baseAddress {
            let order = memcmp(first, second, count)
            if order != 0 { return order }
        }
        return left.count == right.count ? 0 : left.count < right.count ? -1 : 1
    }

    /// Where a byte comes first, or nil. The collection's own search asks for one byte at a time.
    static func first(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, Int32(byte), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// Where a byte comes last, or nil.
    static func last(_ byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
        var place = bytes.count
        while place > 0 {
            place -= 1
            if bytes[place] == byte { return place }
        }
        return nil
    }

    static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBytes { left in right.withUnsafeBytes { order(left, $0) < 0 } }
    }
}
