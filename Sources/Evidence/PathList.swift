/// Many paths in one piece of memory, by place: a hundred thousand arrays would take longer to make than the files to
/// look at.
struct PathList: Sendable {
    private var bytes: [UInt8]
    private var ranges: [Range<UInt32>]

    static let slash = UInt8(ascii: "/")

    /// - Parameter ranges: Where in `bytes` each path is.
    init(bytes: [UInt8], ranges: [Range<UInt32>]) {
        self.bytes = bytes
        self.ranges = ranges
    }

    init(_ paths: [[UInt8]]) {
        self.init(bytes: [], ranges: [])
        for path in paths {
            let start = UInt32(bytes.count)
            bytes += path
            ranges.append(start..<UInt32(bytes.count))
        }
    }

    var count: Int { ranges.count }

    subscript(place: Int) -> [UInt8] { Array(bytes[range(place)]) }

    /// The places of those that are wanted, without their first bytes.
    func selecting(_ places: [Int], dropping count: Int) -> PathList {
        let count = UInt32(count)
        return PathList(
            bytes: bytes,
            ranges: places.map { place in
                min(ranges[place].lowerBound + count, ranges[place].upperBound)..<ranges[place].upperBound
            })
    }

    /// Calls `body` with the bytes of a path.
    func with<Value>(_ place: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        let range = range(place)
        return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Calls `body` with the bytes of each path, in order.
    func each(_ body: (Int, UnsafeRawBufferPointer) -> Void) {
        bytes.withUnsafeBytes { bytes in
            for (place, range) in ranges.enumerated() {
                body(place, UnsafeRawBufferPointer(rebasing: bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
            }
        }
    }

    private func range(_ place: Int) -> Range<Int> {
        Int(ranges[place].lowerBound)..<Int(ranges[place].upperBound)
    }

    /// How many bytes of a path come before the slash that its name follows; 0 for one without.
    static func parentCount(_ path: UnsafeRawBufferPointer) -> Int {
        Bytes.last(slash, in: path) ?? 0
    }

    /// The last component.
    static func name(_ path: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let last = Bytes.last(slash, in: path) else { return path }
        return UnsafeRawBufferPointer(rebasing: path[(last + 1)...])
    }
}
