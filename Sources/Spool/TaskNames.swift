import Glibc

/// The tasks of one directory by name, in one piece of memory: a hundred thousand of them are five megabytes.
///
/// Those that openloom named come first, oldest first; then those that a person named, in the order of their bytes.
package struct TaskNames: Sendable {
    private struct Place {
        var start: UInt32
        var length: UInt8
    }

    private var bytes: [UInt8] = []
    private var places: [Place] = []
    /// How many of them openloom named.
    package private(set) var madeCount = 0

    package init() {}

    /// Takes the names from a directory; what can't be a task is left out.
    init(reading each: ((Slice<UnsafeRawBufferPointer>) -> Void) throws(SpoolError) -> Void) throws(SpoolError) {
        var bytes: [UInt8] = []
        var made: [Place] = []
        var others: [Place] = []
        try each { name in
            guard TaskID.isValid(name), bytes.count < Int(UInt32.max) - TaskID.maximumLength else { return }
            let place = Place(start: UInt32(bytes.count), length: UInt8(name.count))
            bytes.append(contentsOf: name)
            if TaskID.isMade(name) { made.append(place) } else { others.append(place) }
        }
        bytes.withUnsafeBytes { all in
            func precedes(_ left: Place, _ right: Place) -> Bool {
                guard let base = all.baseAddress else { return false }
                let order = memcmp(
                    base + Int(left.start), base + Int(right.start), Int(min(left.length, right.length)))
                return order == 0 ? left.length < right.length : order < 0
            }
            made.sort(by: precedes)
            others.sort(by: precedes)
        }
        self.bytes = bytes
        places = made + others
        madeCount = made.count
    }

    package var count: Int { places.count }

    /// So many of the newest of those that openloom named, the oldest first, and then as many of the others.
    package func newest(_ most: Int) -> [TaskID] {
        (max(0, madeCount - most)..<madeCount).map { self[$0] }
            + (max(madeCount, count - most)..<count).map { self[$0] }
    }

    /// The place of the newest task before `end` whose name openloom made of a title with that slug; nil if there is
    /// none.
    func lastMade(slug: String, before end: Int) -> Int? {
        let wanted = slug.isEmpty ? [] : Array("-\(slug)".utf8)
        return (0..<min(end, madeCount)).last { index in
            let place = places[index]
            var rest = bytes[Int(place.start) + TaskID.stampLength..<Int(place.start) + Int(place.length)]
            if rest.count == wanted.count + SubmissionKey.suffixLength { rest.removeLast(SubmissionKey.suffixLength) }
            return rest.elementsEqual(wanted)
        }
    }

    /// The bytes of a name.
    func bytes(at index: Int) -> ArraySlice<UInt8> {
        let place = places[index]
        return bytes[Int(place.start)..<Int(place.start) + Int(place.length)]
    }

    /// Hands on each place, in order, with that of the same name in earlier ones: in one pass over both, as both are
    /// sorted.
    func eachPlace(
        knowing earlier: TaskNames, _ body: (Int, Int?) throws(SpoolError) -> Void
    ) throws(SpoolError) {
        try merge(0..<madeCount, earlier, 0..<earlier.madeCount, body)
        try merge(madeCount..<count, earlier, earlier.madeCount..<earlier.count, body)
    }

    private func merge(
        _ range: Range<Int>, _ earlier: TaskNames, _ past: Range<Int>, _ body: (Int, Int?) throws(SpoolError) -> Void
    ) throws(SpoolError) {
        var old = past.lowerBound
        for place in range {
            let name = bytes(at: place)
            while old < past.upperBound, earlier.bytes(at: old).lexicographicallyPrecedes(name) { old += 1 }
            let isSame = old < past.upperBound && earlier.bytes(at: old) == name
            try body(place, isSame ? old : nil)
        }
    }

    /// - Parameter index: From 0, below ``count``.
    package subscript(index: Int) -> TaskID {
        TaskID(validated: bytes(at: index))
    }
}
