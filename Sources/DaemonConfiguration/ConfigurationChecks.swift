import JSON
import Spool
import SystemPackage
import TaskSource
import YAML

/// A check that has a name: a member of `checks`.
struct ConfigurationCheck: Sendable, Equatable {
    var name: String
    var check: VerifyCheck
}

extension ConfigurationKind where Value == [ConfigurationCheck] {
    /// `{NAME: {run: make test, timeout_s: 600}}`.
    static var checks: Self {
        let expected = "a mapping of names to checks"
        return Self(expected: expected, shape: .yaml) { node, reader in
            guard let members = node.members else {
                reader.unexpected(expected, node)
                return nil
            }
            var checks: [ConfigurationCheck] = []
            for member in members {
                guard VerifyReader.isName(member.key) else {
                    reader.fault(
                        "should be named with letters, digits and ._-, at most \(VerifyCheck.longestName)",
                        at: YAMLNode(member.value.content, mark: member.mark), part: member.key)
                    continue
                }
                do throws(VerifyReader.Fault) {
                    var check = try VerifyReader.parse(member.value.json())
                    check.name = check.name ?? member.key
                    checks.append(ConfigurationCheck(name: member.key, check: check))
                } catch {
                    reader.fault(error.message, at: member.value, part: member.key)
                }
            }
            return checks
        } show: { checks in
            var object = JSONObject()
            for check in checks { object[check.name] = check.check.json }
            return .object(object)
        }
    }
}

/// An element of `workspaces.PROJECT.verify`, before the named checks are known.
struct ConfigurationVerifyEntry: Sendable, Equatable {
    var value: JSONValue
    var line: Int?

    static func == (left: Self, right: Self) -> Bool { left.value == right.value }
}

/// `verify.run`: which commands tasks may have run, by the way that they came.
struct ConfigurationCommands: Sendable, Equatable {
    var rules: [TaskOrigin.Kind: VerificationPolicy.Commands]

    /// All ways but one: what is carried over from another program brings no checks.
    static let kinds = TaskOrigin.Kind.allCases.filter { $0 != .migration }
}

extension ConfigurationKind where Value == ConfigurationCommands {
    static var commands: Self {
        let origins = ConfigurationCommands.kinds.map(\.rawValue).joined(separator: ", ")
        let expected = "all, named or none, or a mapping of \(origins) and \"*\" to them"
        return Self(expected: expected, shape: .yaml) { node, reader in
            func word(_ node: YAMLNode, part: String?, _ reader: inout ConfigurationReader)
                -> VerificationPolicy.Commands?
            {
                let expected = part == nil ? expected : "all, named or none"
                guard let text = reader.text(expected, node, part: part) else { return nil }
                if let word = VerificationPolicy.Commands(rawValue: text) { return word }
                reader.unexpected(expected, node, part: part)
                return nil
            }
            guard let members = node.members else {
                return word(node, part: nil, &reader).map { word in
                    ConfigurationCommands(
                        rules: Dictionary(uniqueKeysWithValues: ConfigurationCommands.kinds.map { ($0, word) }))
                }
            }
            var rules = VerificationPolicy.standardCommands
            if let others = members.first(where: { $0.key == "*" }),
                let word = word(others.value, part: "*", &reader)
            {
                for kind in ConfigurationCommands.kinds { rules[kind] = word }
            }
            for member in members where member.key != "*" {
                guard let kind = TaskOrigin.Kind(rawValue: member.key), ConfigurationCommands.kinds.contains(kind)
                else {
                    reader.fault(
                        "unknown key; known are \(ConfigurationCommands.kinds.map(\.rawValue).joined(separator: ", ")), \"*\"",
                        at: YAMLNode(member.value.content, mark: member.mark), part: member.key)
                    continue
                }
                if let word = word(member.value, part: member.key, &reader) { rules[kind] = word }
            }
            return ConfigurationCommands(rules: rules)
        } show: { commands in
            var object = JSONObject()
            for kind in ConfigurationCommands.kinds {
                object[kind.rawValue] = .string((commands.rules[kind] ?? .all).rawValue)
            }
            return .object(object)
        }
    }
}

extension ConfigurationValues {
    /// What the configuration says about checks; notes what is wrong with those of workspaces.
    mutating func verification() -> VerificationPolicy {
        typealias Keys = ConfigurationKeys
        let named = Dictionary(self[Keys.checks].map { ($0.name, $0.check) }, uniquingKeysWith: { first, _ in first })
        let reader = VerifyReader(named: named)
        var defaults: [FilePath: [VerifyCheck]] = [:]
        for project in self[Keys.workspaces] {
            for (index, entry) in project.verify.enumerated() {
                do throws(VerifyReader.Fault) {
                    var check = try reader.check(entry.value)
                    check.source = .workspace
                    defaults[project.path, default: []].append(check)
                } catch {
                    var origin = origin(of: Keys.workspaces.name)
                    if case .file(let path, _) = origin { origin = .file(path, line: entry.line) }
                    problems.add(
                        ConfigurationProblem(
                            origin: origin, key: "workspaces.\(project.name).verify.\(index + 1)",
                            message: error.message))
                }
            }
        }
        return VerificationPolicy(named: named, defaults: defaults, commands: self[Keys.verifyRun].rules)
    }
}
