package import JSON
import Matching

/// Checks as they are written: in `task.json`, and, by the same rules, in the files of people and in the configuration.
extension VerifyCheck {
    /// Why a value is no check.
    package struct Problem: Error, Sendable, Hashable {
        package var message: String
        /// A key that is not known there, with those that are.
        package var unknown: (key: String, known: [String])? {
            get { unknownKey.map { ($0, knownKeys) } }
        }
        private var unknownKey: String?
        private var knownKeys: [String] = []

        package init(_ message: String) { self.message = message }

        init(unknown key: String, known: [String]) {
            message = "unknown key \"\(key.prefix(80))\"; known are \(known.joined(separator: ", "))"
            unknownKey = key
            knownKeys = known
        }
    }

    private static let commandKeys = ["cwd", "timeout_s", "output_limit", "env", "user"]

    /// Reads an object with one key that says the kind.
    ///
    /// - Parameter isOurs: Whether it is from `task.json`, where `from` says which the source is.
    package init(json: JSONValue, isOurs: Bool = false) throws(Problem) {
        guard let object = json.object else {
            throw Problem("should be a mapping such as exists: PATH, but is \(json.kind)")
        }
        let kinds = Kind.allCases.filter { object[$0.rawValue] != nil }
        let others = ["name"] + (kinds == [.run] ? Self.commandKeys : []) + (isOurs ? ["from"] : [])
        for (key, _) in object where Kind(rawValue: key) == nil && !others.contains(key) {
            throw Problem(unknown: key, known: Kind.allCases.map(\.rawValue) + others)
        }
        guard let kind = kinds.first, let value = object[kind.rawValue] else {
            throw Problem("should have one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        if kinds.count > 1 {
            throw Problem("is \(kinds.map(\.rawValue).joined(separator: " and ")) at once; write a check for each")
        }
        self.init(try Self.rule(kind, value, object))
        if let name = object["name"] { self.name = try Self.line(name, "name", longest: Self.longestName) }
        if isOurs, let from = object["from"] {
            guard let source = from.string.flatMap(Source.init(rawValue:)) else { throw Problem("from is no source") }
            self.source = source
        }
    }

    private static func rule(_ kind: Kind, _ value: JSONValue, _ object: JSONObject) throws(Problem) -> Rule {
        switch kind {
        case .exists: return .exists(path: try path(value, "exists"))
        case .absent: return .absent(path: try path(value, "absent"))
        case .contains: return try contains(value)
        case .changed: return .changed(try patterns(value, "changed"))
        case .unchanged: return .unchanged(try patterns(value, "unchanged"))
        case .json: return try pointed(value)
        case .run: return .run(try command(value, object))
        }
    }

    private static func members(_ value: JSONValue, _ what: String, _ known: [String]) throws(Problem) -> JSONObject {
        guard let object = value.object else {
            throw Problem("\(what) should be a mapping with \(known.joined(separator: ", ")), but is \(value.kind)")
        }
        for (key, _) in object where !known.contains(key) { throw Problem(unknown: key, known: known) }
        return object
    }

    private static func contains(_ value: JSONValue) throws(Problem) -> Rule {
        let object = try members(value, "contains", ["path", "text", "regex"])
        guard let file = object["path"] else { throw Problem("contains has no path") }
        let path = try path(file, "contains.path")
        switch (object["text"], object["regex"]) {
        case (let text?, nil): return .contains(path: path, .text(try self.text(text, "contains.text")))
        case (nil, let regex?):
            let pattern = try text(regex, "contains.regex")
            do {
                _ = try LinearRegex(pattern)
            } catch {
                throw Problem("contains.regex: \(error.message)")
            }
            return .contains(path: path, .regex(pattern))
        default: throw Problem("contains should have either text or regex")
        }
    }

    private static func pointed(_ value: JSONValue) throws(Problem) -> Rule {
        let object = try members(value, "json", ["path", "pointer", "equals"])
        guard let file = object["path"] else { throw Problem("json has no path") }
        guard let expected = object["equals"] else { throw Problem("json has no equals") }
        guard expected.compact.utf8.count <= longestText else { throw Problem("json.equals is too large") }
        let pointer = object["pointer"]?.string ?? (object["pointer"] == nil ? "" : "?")
        let isPointer = pointer.isEmpty || pointer.hasPrefix("/")
        guard isPointer, pointer.utf8.count <= longestPath, !JSONPointer.hasStrayTilde(pointer) else {
            throw Problem("json.pointer should be a JSON pointer such as /version or /items/0/name")
        }
        return .json(path: try path(file, "json.path"), pointer: pointer, equals: expected)
    }

    private static func command(_ value: JSONValue, _ object: JSONObject) throws(Problem) -> VerifyCommand {
        var command: VerifyCommand
        if let words = value.array {
            let texts = words.compactMap(\.string)
            guard texts.count == words.count, let program = texts.first, !program.isEmpty else {
                throw Problem("run should be a shell line, or a list of texts: a program and its arguments")
            }
            guard texts.count <= VerifyCommand.mostArguments, texts.reduce(0, { $0 + $1.utf8.count }) <= longestText
            else { throw Problem("run has too many arguments, or too long ones") }
            for text in texts where text.contains("\0") { throw Problem("run has a NUL in it") }
            command = VerifyCommand(.arguments(texts))
        } else {
            let line = try text(value, "run")
            guard !line.allSatisfy(\.isWhitespace) else { throw Problem("run is empty") }
            command = VerifyCommand(.shell(line))
        }
        if let cwd = object["cwd"] { command.directory = try path(cwd, "cwd", allowsWorkspace: true) }
        if let seconds = object["timeout_s"] {
            guard let number = seconds.double, VerifyCommand.timeouts.contains(number) else {
                throw Problem("timeout_s should be a number of seconds from 0.1 to 86400")
            }
            command.timeoutSeconds = number
        }
        if let limit = object["output_limit"] {
            guard let bytes = limit.int, VerifyCommand.outputs.contains(bytes) else {
                throw Problem("output_limit should be a number of bytes from 1024 to 4194304 (4 MiB)")
            }
            command.outputLimit = bytes
        }
        if let names = object["env"] { command.environment = try variables(names) }
        if let user = object["user"] { command.user = try line(user, "user", longest: 64) }
        return command
    }

    private static func variables(_ value: JSONValue) throws(Problem) -> [String] {
        let names = (value.array ?? [value]).compactMap(\.string)
        let isList = names.count == (value.array ?? [value]).count && names.count <= VerifyCommand.mostVariables
        let areNames = names.allSatisfy { name in
            !name.isEmpty && name.utf8.count <= 128
                && name.utf8.allSatisfy { byte in
                    byte == 0x5F || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                        || (0x61...0x7A).contains(byte)
                }
        }
        guard isList, areNames else {
            throw Problem(
                "env should be a list of names of variables, without values, at most \(VerifyCommand.mostVariables)")
        }
        return names
    }

    private static func text(_ value: JSONValue, _ what: String) throws(Problem) -> String {
        guard let text = value.string else {
            let advice = value.object == nil && value.array == nil ? "; put it in quotes" : ""
            throw Problem("\(what) should be a text, but is \(value.kind)\(advice)")
        }
        if text.isEmpty { throw Problem("\(what) is empty") }
        if text.utf8.count > longestText { throw Problem("\(what) has more than \(longestText) bytes") }
        if text.contains("\0") { throw Problem("\(what) has a NUL in it") }
        return text
    }

    private static func line(_ value: JSONValue, _ what: String, longest: Int) throws(Problem) -> String {
        let text = try text(value, what)
        let isLine = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        guard isLine, text.unicodeScalars.count <= longest else {
            throw Problem("\(what) should be one line of at most \(longest) characters")
        }
        return text
    }

    private static func patterns(_ value: JSONValue, _ what: String) throws(Problem) -> [String] {
        let list = value.array ?? [value]
        guard !list.isEmpty, list.count <= mostPatterns else {
            throw Problem("\(what) should be a path or pattern, or a list of 1 to \(mostPatterns)")
        }
        var patterns: [String] = []
        for element in list { patterns.append(try path(element, what)) }
        return patterns
    }

    /// A path below the workspace, without `./` in front and without `/` behind.
    private static func path(
        _ value: JSONValue, _ what: String, allowsWorkspace: Bool = false
    ) throws(Problem) -> String {
        let text = try line(value, what, longest: longestPath)
        if text.hasPrefix("/") || text.hasPrefix("~") {
            throw Problem("\(what) should be relative to the workspace, but is \"\(text.prefix(80))\"")
        }
        let parts = text.split(separator: "/").filter { $0 != "." }
        if parts.contains("..") { throw Problem("\(what) leads out of the workspace: \"\(text.prefix(80))\"") }
        guard text.utf8.count <= longestPath, allowsWorkspace || !parts.isEmpty else {
            throw Problem("\(what) should be a path in the workspace, but is \"\(text.prefix(80))\"")
        }
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }

    // MARK: task.json

    package var json: JSONValue {
        var object = JSONObject()
        object["name"] = name.map { .string($0) }
        switch rule {
        case .exists(let path): object["exists"] = .string(path)
        case .absent(let path): object["absent"] = .string(path)
        case .contains(let path, .text(let text)): object["contains"] = ["path": .string(path), "text": .string(text)]
        case .contains(let path, .regex(let regex)):
            object["contains"] = ["path": .string(path), "regex": .string(regex)]
        case .changed(let patterns): object["changed"] = JSONValue(patterns)
        case .unchanged(let patterns): object["unchanged"] = JSONValue(patterns)
        case .json(let path, let pointer, let value):
            object["json"] = ["path": .string(path), "pointer": .string(pointer), "equals": value]
        case .run(let command): command.write(into: &object)
        }
        if source != .task { object["from"] = .string(source.rawValue) }
        return .object(object)
    }

    /// SHA-256 of the checks as `task.json` has them, without white space, in hexadecimal.
    package static func digest(_ checks: [VerifyCheck]) -> String {
        let bytes = Array(JSONValue.array(checks.map(\.json)).compact.utf8)
        return ContentHash.text(bytes)
    }
}

extension VerifyCommand {
    fileprivate func write(into object: inout JSONObject) {
        switch line {
        case .shell(let text): object["run"] = .string(text)
        case .arguments(let words): object["run"] = JSONValue(words)
        }
        object["cwd"] = directory.map { .string($0) }
        object["timeout_s"] = .double(timeoutSeconds)
        object["output_limit"] = .int(outputLimit)
        if !environment.isEmpty { object["env"] = JSONValue(environment) }
        object["user"] = user.map { .string($0) }
    }
}
