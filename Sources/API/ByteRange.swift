/// Which bytes of a file a `Range` header asks for (RFC 9110, one range; more of them are answered with the whole).
enum ByteRange: Equatable {
    case whole
    case part(Range<Int>)
    /// Nothing of the file lies in it.
    case nothing

    init(_ header: String?, size: Int) {
        self = .whole
        guard let header, header.lowercased().hasPrefix("bytes=") else { return }
        let parts = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let bounds = Self.numbers(parts) else { return }
        switch bounds {
        case (nil, let count?): self = count == 0 || size == 0 ? .nothing : .part(max(0, size - count)..<size)
        case (let first?, let last):
            if let last, last < first { return }
            self = first >= size ? .nothing : .part(first..<min(size, (last ?? size - 1).addingClamped(1)))
        case (nil, nil): return
        }
    }

    /// Nil where one is no number.
    private static func numbers(_ parts: [Substring]) -> (Int?, Int?)? {
        var numbers: [Int?] = []
        for part in parts {
            let text = part.filter { $0 != " " }
            if text.isEmpty {
                numbers.append(nil)
            } else {
                guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
                numbers.append(Int(text) ?? .max)
            }
        }
        return (numbers[0], numbers[1])
    }
}

extension Int {
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}
