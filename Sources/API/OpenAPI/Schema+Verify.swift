import Spool

/// A check; `VerifyCheck` reads it.
extension Schema {
    /// As a request has it.
    static let newCheck = Schema.any(
        of: Schema.string(longest: 40_000).described("The name of a configured check, or a sentence: verification.md."),
        one("exists", path), one("absent", path), one("changed", patterns), one("unchanged", patterns),
        one("contains", .any(of: contains("text"), contains("regex"))), one("json", pointed), command)

    /// As `task.json` has it.
    static let check = Schema.object(
        [:], optional: ["name": .string(), "from": .word(VerifyCheck.Source.allCases.map(\.rawValue))]
    ).described("One of exists, absent, contains, changed, unchanged, json, run, as it was accepted.")

    /// As `result.json` has it.
    static let checkResult = Schema.object(
        [
            "number": .integer(from: 1), "name": .string(), "kind": .word(VerifyCheck.Kind.allCases.map(\.rawValue)),
            "from": .word(VerifyCheck.Source.allCases.map(\.rawValue)), "passed": .bool,
            "outcome": .word(["passed", "failed", "error"]), "expected": .string(), "found": .string(),
            "duration_ms": .integer(from: 0),
        ], optional: ["log": Schema.string().orNull.described("A file in `evidence/checks/`.")])

    private static let path = Schema.string(longest: VerifyCheck.longestPath).described("Below the workspace.")
    private static let patterns = Schema.any(
        of: path, .array(of: path, shortest: 1, longest: VerifyCheck.mostPatterns))
    private static let text = Schema.string(longest: VerifyCheck.longestText)
    private static let checkName = Schema.string(longest: VerifyCheck.longestName)

    private static func one(_ kind: VerifyCheck.Kind.RawValue, _ value: Schema) -> Schema {
        .object([kind: value], optional: ["name": checkName], isClosed: true)
    }

    private static func contains(_ what: String) -> Schema { .object(["path": path, what: text], isClosed: true) }

    private static let pointed = Schema.object(
        ["path": path, "equals": .anything], optional: ["pointer": .string(longest: VerifyCheck.longestPath)],
        isClosed: true)

    private static let command = Schema.object(
        ["run": .any(of: text, .array(of: .string(), shortest: 1, longest: VerifyCommand.mostArguments))],
        optional: [
            "name": checkName, "cwd": path, "timeout_s": .number(from: 0.1, to: 86_400),
            "output_limit": .integer(VerifyCommand.outputs),
            "env": .any(of: .string(), .array(of: .string(), longest: VerifyCommand.mostVariables)),
            "user": .string(longest: 64),
        ], isClosed: true)
}
