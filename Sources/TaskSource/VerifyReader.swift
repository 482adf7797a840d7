package import JSON
package import Spool
import YAML

/// Reads checks as people write them: mappings, names of the configuration's checks, and one-line sentences.
package struct VerifyReader: Sendable {
    /// Why something is no check, with how to mend it.
    package struct Fault: Error, Sendable, Hashable {
        package var message: String
    }

    private let named: [String: VerifyCheck]
    private let commands: VerificationPolicy.Commands

    /// - Parameter commands: Which commands may be run that are not the configuration's.
    package init(named: [String: VerifyCheck], commands: VerificationPolicy.Commands = .all) {
        self.named = named
        self.commands = commands
    }

    /// Reads a mapping, or the name of a check, or a sentence (``VerifyLine``).
    package func check(_ value: JSONValue) throws(Fault) -> VerifyCheck {
        guard let text = value.string.map(Characters.trimmed) else { return try allowed(Self.parse(value)) }
        if Self.isName(text) { return try check(named: text) }
        return try check(line: text)
    }

    /// Reads a sentence, or the name of a check.
    package func check(line: String) throws(Fault) -> VerifyCheck {
        switch try VerifyLine.parse(line) {
        case .name(let name): return try check(named: name)
        case .check(let value): return try allowed(Self.parse(value))
        }
    }

    private func check(named name: String) throws(Fault) -> VerifyCheck {
        guard var check = named[name] else {
            let names = named.keys.sorted()
            if let near = TaskKey.nearest(to: name, in: names) {
                throw Fault(message: "no check \(Quoting.text(name)) is configured; did you mean \"\(near)\"?")
            }
            let known = names.isEmpty ? "there is none" : "there are \(names.prefix(20).joined(separator: ", "))"
            throw Fault(
                message: "no check \(Quoting.text(name)) is configured under checks; \(known). "
                    + "A check of its own is written as exists: PATH, run: COMMAND and so on")
        }
        if case .run = check.rule, commands == .none { throw Self.refused("none") }
        check.source = .named
        return check
    }

    private func allowed(_ check: VerifyCheck) throws(Fault) -> VerifyCheck {
        if case .run = check.rule, commands != .all { throw Self.refused(commands.rawValue) }
        return check
    }

    private static func refused(_ word: String) -> Fault {
        Fault(
            message:
                "run is not allowed here: verify.run is \"\(word)\" in the configuration for tasks from this source; "
                + (word == "named" ? "name one of the checks that the configuration has" : "remove it"))
    }

    package static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= VerifyCheck.longestName
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x5F || byte == 0x2D || byte == 0x2E
            }
    }

    /// Reads a mapping.
    package static func parse(_ value: JSONValue) throws(Fault) -> VerifyCheck {
        do {
            return try VerifyCheck(json: value)
        } catch {
            if let (key, known) = error.unknown, let near = TaskKey.nearest(to: key, in: known) {
                throw Fault(message: "unknown key \(Quoting.text(key)); did you mean \"\(near)\"?")
            }
            throw Fault(message: error.message)
        }
    }
}
