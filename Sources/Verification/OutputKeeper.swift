/// The output of a command, of which so much is kept: the beginning and the end.
struct OutputKeeper: Sendable {
    private let limit: Int
    private var head: [UInt8] = []
    /// The last bytes after the head, as a ring.
    private var ring: [UInt8] = []
    private var next = 0
    private(set) var total = 0

    init(limit: Int) { self.limit = limit }

    private var headLimit: Int { limit / 4 }
    private var ringLimit: Int { limit - headLimit }

    mutating func append(_ bytes: ArraySlice<UInt8>) {
        total += bytes.count
        var rest = bytes
        if head.count < headLimit {
            let part = rest.prefix(headLimit - head.count)
            head += part
            rest = rest.dropFirst(part.count)
        }
        // Of a piece larger than the ring only its end can be left.
        for byte in rest.suffix(ringLimit) {
            if ring.count < ringLimit {
                ring.append(byte)
            } else {
                ring[next] = byte
                next = (next + 1) % ringLimit
            }
        }
    }

    var isTruncated: Bool { total > head.count + ring.count }

    /// What is kept, with a line in place of what is not.
    var bytes: [UInt8] {
        let end = ring[next...] + ring[..<next]
        guard isTruncated else { return head + end }
        return head + Array("\n[… \(total - head.count - ring.count) bytes left out …]\n".utf8) + end
    }

    /// The last bytes, from the beginning of a line where there is one.
    func tail(_ count: Int) -> String {
        var end = (head + ring[next...] + ring[..<next]).suffix(count)
        if total > end.count, let newline = end.firstIndex(of: 0x0A), newline + 1 < end.endIndex {
            end = end[(newline + 1)...]
        }
        return String(decoding: end, as: UTF8.self)
    }
}
