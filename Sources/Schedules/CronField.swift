/// One of the five fields of a cron expression: the numbers that fit.
struct CronField: Sendable, Hashable {
    /// Bit n is set when n fits.
    private(set) var bits: UInt64 = 0
    /// Whether it begins with `*`: it leaves the choice of the day to the other of the two fields for days.
    let isOpen: Bool

    enum Kind: String, CaseIterable {
        case minute
        case hour
        case dayOfMonth = "day of month"
        case month
        case weekday = "day of the week"

        var range: ClosedRange<Int> {
            switch self {
            case .minute: 0...59
            case .hour: 0...23
            case .dayOfMonth: 1...31
            case .month: 1...12
            // 7 is Sunday as well.
            case .weekday: 0...7
            }
        }

        /// Three letters each, for the numbers from the range's first on.
        var names: [String] {
            switch self {
            case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            case .weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            default: []
            }
        }
    }

    init(_ text: Substring, _ kind: Kind) throws(CronError) {
        isOpen = text.hasPrefix("*")
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            bits |= try Self.item(item, kind)
        }
        if kind == .weekday, bits & 1 << 7 != 0 { bits = bits & ~(1 << 7) | 1 }
    }

    func contains(_ number: Int) -> Bool { bits & 1 << UInt64(number) != 0 }

    /// The smallest number from `start` on; nil if there is none.
    func next(from start: Int) -> Int? {
        guard start < 64 else { return nil }
        let rest = bits >> UInt64(start)
        return rest == 0 ? nil : start + rest.trailingZeroBitCount
    }

    private static func item(_ item: Substring, _ kind: Kind) throws(CronError) -> UInt64 {
        let parts = item.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count) else { throw fault(item, kind) }
        var step = 1
        if parts.count == 2 {
            guard let number = number(parts[1]), (1...kind.range.upperBound).contains(number) else {
                throw CronError("\"\(item)\" is no step of the \(kind.rawValue): write */2")
            }
            step = number
        }
        let range: ClosedRange<Int>
        if parts[0] == "*" {
            range = kind == .weekday ? 0...6 : kind.range
        } else {
            let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
            guard (1...2).contains(ends.count) else { throw fault(item, kind) }
            let first = try value(ends[0], kind, item)
            let end = parts.count == 2 ? kind.range.upperBound : first
            let last = ends.count == 2 ? try value(ends[1], kind, item) : end
            guard first <= last else {
                throw CronError(
                    "\"\(item)\" ends before it begins: write \(ends[0])-\(kind.range.upperBound),"
                        + "\(kind.range.lowerBound)-\(ends[1])")
            }
            range = first...last
        }
        return stride(from: range.lowerBound, through: range.upperBound, by: step).reduce(0) { $0 | 1 << UInt64($1) }
    }

    private static func value(_ text: Substring, _ kind: Kind, _ item: Substring) throws(CronError) -> Int {
        if let place = kind.names.firstIndex(of: text.lowercased()) { return place + (kind == .month ? 1 : 0) }
        guard let number = number(text) else { throw fault(item, kind) }
        guard kind.range.contains(number) else {
            throw CronError(
                "\(number) is no \(kind.rawValue): it goes from \(kind.range.lowerBound) to \(kind.range.upperBound)")
        }
        return number
    }

    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func fault(_ item: Substring, _ kind: Kind) -> CronError {
        let names = kind.names.first.map { ", names such as \($0)" } ?? ""
        return CronError(
            "\"\(item.prefix(40))\" is no \(kind.rawValue): known are *, numbers\(names), 1-5, */2 and lists of these")
    }
}

/// What is wrong with a cron expression or a time zone, and how to mend it.
package struct CronError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
