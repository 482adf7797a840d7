package import JSON
package import Spool

/// What came of one check.
package struct CheckResult: Sendable, Hashable {
    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        case passed
        /// What was expected is not so.
        case failed
        /// The check could not be made, and so proves nothing.
        case error
    }

    /// From 1, in the task's order.
    package var number: Int
    package var title: String
    package var kind: VerifyCheck.Kind
    package var source: VerifyCheck.Source
    package var outcome: Outcome
    /// What must be so.
    package var expected: String
    /// What is so, in a sentence.
    package var found: String
    package var milliseconds: Int
    /// The name of the file with the output, beside the result; nil for a check that has none.
    package var log: String?
    /// The end of the output, for the agent and for people.
    package var tail: String?

    package var passed: Bool { outcome == .passed }

    /// `01-tests`: what its files are called, without the extension.
    package var fileStem: String { Self.fileStem(number, title) }

    static func fileStem(_ number: Int, _ title: String) -> String {
        var slug = ""
        for scalar in title.lowercased().unicodeScalars {
            let isPlain = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
            if isPlain { slug.unicodeScalars.append(scalar) } else if !slug.isEmpty, slug.last != "-" { slug += "-" }
            if slug.utf8.count >= 40 { break }
        }
        while slug.last == "-" { slug.removeLast() }
        let digits = number < 10 ? "0\(number)" : "\(number)"
        return "\(digits)-\(slug.isEmpty ? "check" : slug)"
    }

    /// As `checks/NN-name.json` and `result.json` have it.
    package var json: JSONValue {
        [
            "number": .int(number), "name": .string(title), "kind": .string(kind.rawValue),
            "from": .string(source.rawValue), "passed": .bool(passed), "outcome": .string(outcome.rawValue),
            "expected": .string(expected), "found": .string(found), "duration_ms": .int(milliseconds),
            "log": JSONValue(log),
        ]
    }
}
