/// One thing that is wrong with the configuration.
package struct ConfigurationProblem: Sendable, Hashable {
    /// Where it stands.
    package var origin: ConfigurationOrigin
    /// The key as it was written, in full (`ui.port`); nil where no single key is at fault.
    package var key: String?
    /// What is wrong, and how to mend it. Never holds a secret.
    package var message: String
}

extension ConfigurationProblem: CustomStringConvertible {
    /// `/home/me/.openloom/config.yaml:7: server.port: should be …`
    package var description: String {
        [origin.description, key, message].compactMap(\.self).joined(separator: ": ")
    }
}

/// Why a configuration is not used. Nothing of it is in force.
package struct ConfigurationError: Error, Sendable, Hashable {
    /// All that was found wrong: by line of the file, then variables, then options.
    package var problems: [ConfigurationProblem]
    /// How many more there are.
    package var omitted: Int
}

extension ConfigurationError: CustomStringConvertible {
    /// Several lines, for a terminal.
    package var description: String {
        let count = problems.count + omitted
        var lines = [count == 1 ? "the configuration has a problem:" : "the configuration has \(count) problems:"]
        lines += problems.map { "  \($0)" }
        if omitted > 0 { lines.append("  and \(omitted) more") }
        return lines.joined(separator: "\n")
    }
}

/// What was found wrong so far. A hostile file can be wrong in a great many ways, so the first ones are kept and the
/// others counted.
struct ConfigurationProblems {
    private(set) var kept: [ConfigurationProblem] = []
    private(set) var omitted = 0
    static let most = 50

    /// Whether others are only counted from now on.
    var isFull: Bool { kept.count >= Self.most }

    mutating func add(_ problem: @autoclosure () -> ConfigurationProblem) {
        if isFull { omitted += 1 } else { kept.append(problem()) }
    }

    mutating func add(_ others: [ConfigurationProblem]) {
        for problem in others { add(problem) }
    }

    /// Nil if nothing is wrong.
    var error: ConfigurationError? {
        if kept.isEmpty { return nil }
        let ordered = kept.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
        return ConfigurationError(problems: ordered.map(\.element), omitted: omitted)
    }

    private func rank(_ problem: ConfigurationProblem) -> Int {
        switch problem.origin {
        case .file(_, let line): line ?? 0
        case .environment: .max - 2
        case .flag: .max - 1
        case .standard: .max
        }
    }
}
