/// A regular expression whose match takes time in proportion to text and pattern, whatever either holds.
///
/// Swift's own `Regex` and the C library's go back and try again: a pattern such as `(a+)+$` takes them for ever, and the
/// patterns here come from strangers, the texts from agents. This one follows all ways at once (Thompson, 1968), and so
/// knows no back references and no look-around.
///
/// Syntax: literals, `.`, `[a-z]`, `[^…]`, `\d \D \w \W \s \S` (ASCII), `\b \B`, `\t \n \r`, `^` and `$` (of each line), `|`,
/// `(…)`, `(?:…)`, `* + ? {n} {n,} {n,m}` (a `?` behind them changes nothing here), and `(?i)` in front for any case. It
/// matches anywhere in the text.
package struct LinearRegex: Sendable, Hashable {
    /// Why a pattern is none.
    package struct Problem: Error, Sendable, Hashable {
        package var message: String
    }

    /// The longest pattern, in characters, and the most steps that it may come to.
    package static let longest = 1000
    static let mostSteps = 5000

    let program: [RegexStep]

    package init(_ pattern: String) throws(Problem) {
        var parser = RegexParser(pattern)
        program = try parser.compile()
    }

    /// Whether the text has a match anywhere.
    ///
    /// - Parameter isCancelled: Asked every few thousand characters; when it says yes, the answer is nil.
    package func matches(_ text: String, isCancelled: () -> Bool = { false }) -> Bool? {
        var run = RegexRun(program)
        var before: Unicode.Scalar?
        var count = 0
        for scalar in text.unicodeScalars {
            if run.step(before, scalar) { return true }
            before = scalar
            count += 1
            if count.isMultiple(of: 4096), isCancelled() { return nil }
        }
        return run.step(before, nil)
    }
}

/// One step of a compiled pattern.
enum RegexStep: Sendable, Hashable {
    case one(RegexSet)
    case split(Int, Int)
    case jump(Int)
    case lineStart, lineEnd
    case wordEdge(Bool)
    case match
}

/// Characters that one step takes.
struct RegexSet: Sendable, Hashable {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false
    var ignoresCase = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var found = has(scalar.value)
        if !found, ignoresCase {
            found = [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping].contains { text in
                text.unicodeScalars.count == 1 && text.unicodeScalars.first.map { has($0.value) } == true
            }
        }
        return found != isNegated
    }

    private func has(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } }

    static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
    static let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    static let space: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20]

    static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
        guard let value = scalar?.value else { return false }
        return word.contains { $0.contains(value) }
    }

    /// All that is not in `ranges`.
    static func others(than ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        result.append(next...0x10_FFFF)
        return result
    }
}

/// A match under way: the set of steps that the text so far may have come to.
private struct RegexRun {
    private let program: [RegexStep]
    private var current: [Int] = []
    /// The round in which a step was last entered, so that none is entered twice.
    private var entered: [Int]
    private var round = 0

    init(_ program: [RegexStep]) {
        self.program = program
        entered = Array(repeating: -1, count: program.count)
    }

    /// Goes over the place between two characters, and then over the second.
    ///
    /// - Returns: Whether there is a match that ends at this place.
    mutating func step(_ before: Unicode.Scalar?, _ after: Unicode.Scalar?) -> Bool {
        round += 1
        var ready: [Int] = []
        for start in current + [0] where enter(start, before, after, &ready) { return true }
        current.removeAll(keepingCapacity: true)
        guard let after else { return false }
        for index in ready {
            if case .one(let set) = program[index], set.contains(after) { current.append(index + 1) }
        }
        return false
    }

    /// Follows all that takes no character.
    private mutating func enter(
        _ start: Int, _ before: Unicode.Scalar?, _ after: Unicode.Scalar?, _ ready: inout [Int]
    ) -> Bool {
        var waiting = [start]
        while let index = waiting.popLast() {
            guard entered[index] != round else { continue }
            entered[index] = round
            switch program[index] {
            case .match: return true
            case .one: ready.append(index)
            case .jump(let target): waiting.append(target)
            case .split(let first, let second): waiting += [second, first]
            case .lineStart: if before == nil || before == "\n" { waiting.append(index + 1) }
            case .lineEnd: if after == nil || after == "\n" { waiting.append(index + 1) }
            case .wordEdge(let isEdge):
                if (RegexSet.isWord(before) != RegexSet.isWord(after)) == isEdge { waiting.append(index + 1) }
            }
        }
        return false
    }
}
