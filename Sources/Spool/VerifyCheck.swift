package import JSON

/// One check that the daemon makes itself after the agent's claim: an element of `verify` in `task.json`.
package struct VerifyCheck: Sendable, Hashable {
    package enum Rule: Sendable, Hashable {
        /// Something is there, and a link leads to something in the workspace.
        case exists(path: String)
        /// Nothing is there, not even a link.
        case absent(path: String)
        case contains(path: String, Content)
        /// At least one file that one of the patterns covers is another than at the baseline.
        case changed([String])
        /// No file that one of the patterns covers is another than at the baseline.
        case unchanged([String])
        /// The value that an RFC 6901 pointer leads to.
        case json(path: String, pointer: String, equals: JSONValue)
        case run(VerifyCommand)
    }

    package enum Content: Sendable, Hashable {
        case text(String)
        case regex(String)
    }

    /// Where a check is from.
    package enum Source: String, Sendable, Hashable, CaseIterable {
        /// The task says it.
        case task
        /// The task names one of the configuration's.
        case named
        /// The configuration has it for every task in the workspace.
        case workspace
    }

    /// What a person calls it; nil where nobody gave it a name.
    package var name: String?
    package var rule: Rule
    package var source: Source

    package init(_ rule: Rule, name: String? = nil, source: Source = .task) {
        self.rule = rule
        self.name = name
        self.source = source
    }

    /// The most that one task may have, defaults included.
    package static let most = 50
    package static let longestName = 100
    package static let longestPath = 1024
    package static let mostPatterns = 100
    /// Bytes of a text that is looked for, and of a command.
    package static let longestText = 16 << 10
}

/// What a `run` check runs.
package struct VerifyCommand: Sendable, Hashable {
    package enum Line: Sendable, Hashable {
        /// Given to `/bin/sh -c`.
        case shell(String)
        /// A program, looked for on `PATH` unless it has a slash, and its arguments.
        case arguments([String])
    }

    package var line: Line
    /// Below the workspace; nil for the workspace itself.
    package var directory: String?
    package var timeoutSeconds = VerifyCommand.standardTimeout
    /// Bytes of output that are kept.
    package var outputLimit = VerifyCommand.standardOutput
    /// Variables of the daemon's environment that it gets besides the usual few.
    package var environment: [String] = []
    /// Another user to run it as; needs a daemon that may do that.
    package var user: String?

    package init(_ line: Line) { self.line = line }

    package static let standardTimeout = 300.0
    package static let timeouts = 0.1...86_400.0
    package static let standardOutput = 256 << 10
    package static let outputs = 1024...(4 << 20)
    package static let mostArguments = 256
    package static let mostVariables = 50
    /// What every command gets of the daemon's environment.
    package static let usualVariables = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME", "SHELL"]

    /// As it would be typed.
    package var text: String {
        switch line {
        case .shell(let text): text
        case .arguments(let words): words.map(Self.quoted).joined(separator: " ")
        }
    }

    private static func quoted(_ word: String) -> String {
        let isPlain = word.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789_-./=:,@%+".unicodeScalars.contains($0)
        }
        return isPlain && !word.isEmpty
            ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

extension VerifyCheck {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case exists, absent, contains, changed, unchanged, json, run
    }

    package var kind: Kind {
        switch rule {
        case .exists: .exists
        case .absent: .absent
        case .contains: .contains
        case .changed: .changed
        case .unchanged: .unchanged
        case .json: .json
        case .run: .run
        }
    }

    /// Its name, or what it says in few words.
    package var title: String { name ?? expectation }

    /// What must be so, for a person and for the agent.
    package var expectation: String {
        switch rule {
        case .exists(let path): "\(path) exists"
        case .absent(let path): "\(path) is absent"
        case .contains(let path, .text(let text)): "\(path) contains \(Self.short(text))"
        case .contains(let path, .regex(let regex)): "\(path) matches /\(regex)/"
        case .changed(let patterns): "\(patterns.joined(separator: ", ")) changed"
        case .unchanged(let patterns): "\(patterns.joined(separator: ", ")) unchanged"
        case .json(let path, let pointer, let value):
            "\(path)#\(pointer) equals \(Self.short(value.compact, isQuoted: true))"
        case .run(let command): "`\(command.text)` succeeds"
        }
    }

    private static func short(_ text: String, isQuoted: Bool = false) -> String {
        let cut = text.unicodeScalars.count > 200 ? String(text.unicodeScalars.prefix(200)) + "…" : text
        return isQuoted ? cut : JSONValue.string(cut).compact
    }
}
