import JSON
import Spool
import SystemPackage

/// Turns checked fields into a task. The rules are the same for every format; all faults are collected, not only the
/// first.
struct TaskSpecBuilder {
    /// How the task reached us: what is assumed where it says nothing.
    enum Intake {
        case file(TaskFormat, stem: String, project: String?)
        case rest(sessionDirectory: FilePath?)
    }

    static let longestName = 200
    static let longestKey = 200
    static let longestTime = 7.0 * 86_400
    static let mostPredecessors = 100
    static let mostNotifications = 10
    static let turns = 1...20

    let draft: TaskDraft
    private let intake: Intake
    private let workspaces: WorkspacePolicy
    let verification: VerificationPolicy
    private let longestGoal: Int
    private(set) var fields: [TaskKey: TaskField] = [:]
    private var problems: [TaskSourceProblem] = []

    init(
        _ draft: TaskDraft, intake: Intake, workspaces: WorkspacePolicy, verification: VerificationPolicy,
        longestGoal: Int
    ) {
        self.verification = verification
        self.draft = draft
        self.intake = intake
        self.workspaces = workspaces
        self.longestGoal = longestGoal
    }

    mutating func build(origin: TaskOrigin, now: Timestamp) throws(TaskSourceError) -> TaskSpec {
        sortFields()
        let name = name()
        let session = sessionID()
        let workspace = workspace(session: session)
        let goal = goal()
        var spec = TaskSpec(
            name: name ?? "", workspace: workspace ?? "/", goal: goal ?? "", created: now, origin: origin)
        spec.sessionID = session
        readOptions(into: &spec)
        spec.verify = verify(workspace: spec.workspace, origin: origin)
        if let error = TaskSourceError(problems) { throw error }
        return spec
    }

    // MARK: keys

    /// Gives each field its key. A key without a value counts as not given.
    private mutating func sortFields() {
        for field in draft.fields {
            if let reason = TaskKey.refused[field.name] {
                report(field, reason)
                continue
            }
            guard let key = TaskKey(name: field.name) else {
                report(field, TaskKey.unknown(field.name))
                continue
            }
            if field.value == .null || isBlankFromRest(field, key) { continue }
            if let other = fields[key] {
                report(field, "means the same as \(other.name), which is given as well; keep one of them")
                continue
            }
            fields[key] = field
        }
    }

    private func isBlankFromRest(_ field: TaskField, _ key: TaskKey) -> Bool {
        guard case .rest = intake, [.name, .workspace, .sessionID].contains(key), let text = field.value.string else {
            return false
        }
        return Characters.trimmed(text).isEmpty
    }

    // MARK: problems

    mutating func report(_ field: TaskField, _ message: String, isCircumstance: Bool = false) {
        problems.append(
            TaskSourceProblem(
                key: field.name, place: field.place, message: message, pointer: pointer(field.name),
                isCircumstance: isCircumstance)
        )
    }

    private mutating func reportMissing(_ key: TaskKey, _ message: String) {
        problems.append(TaskSourceProblem(key: key.rawValue, message: message, pointer: pointer(key.rawValue)))
    }

    private func pointer(_ name: String) -> String? {
        guard case .rest = intake else { return nil }
        var pointer = "/"
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": pointer += "~0"
            case "/": pointer += "~1"
            default: pointer.unicodeScalars.append(scalar)
            }
        }
        return pointer
    }

    // MARK: name, goal

    private mutating func name() -> String? {
        if let field = fields[.name] { return line(field, atMost: Self.longestName) }
        let heading = draft.heading.map(Characters.asName) ?? ""
        if !heading.isEmpty { return heading }
        if case .file(_, let stem, _) = intake {
            let name = Characters.asName(stem)
            if !name.isEmpty { return name }
        }
        return "Untitled task"
    }

    private mutating func goal() -> String? {
        let body = draft.body.flatMap { Characters.trimmed($0).isEmpty ? nil : $0 }
        guard let field = fields[.goal] else {
            guard let body else {
                reportMissing(.goal, "missing; \(howToGiveGoal)")
                return nil
            }
            return checkedGoal(
                body, TaskField(name: TaskKey.goal.rawValue, value: .null), firstLine: draft.bodyPlace?.line)
        }
        if body != nil {
            let place = draft.bodyPlace.map { " (\($0))" } ?? ""
            report(field, "is given, and the file has a text as well\(place); keep one of them")
            return nil
        }
        guard let text = text(field) else { return nil }
        return checkedGoal(Characters.withUnixLines(text), field)
    }

    private var howToGiveGoal: String {
        switch intake {
        case .rest: "say what is to be done"
        case .file(.md, _, _): "write what is to be done below the front matter"
        case .file(.txt, _, _), .file(.docx, _, _): "write what is to be done into the file"
        case .file(.json, _, _): "write \"goal\": \"what is to be done\""
        case .file(.yaml, _, _), .file(.yml, _, _): "write a line \"goal: what is to be done\""
        }
    }

    /// - Parameter firstLine: The line of the file that the text begins in, where it stands there as it is.
    private mutating func checkedGoal(_ text: String, _ field: TaskField, firstLine: Int? = nil) -> String? {
        if Characters.trimmed(text).isEmpty {
            report(field, "is empty; \(howToGiveGoal)")
            return nil
        }
        if text.utf8.count > longestGoal {
            report(field, "has \(text.utf8.count) bytes; at most \(longestGoal) are taken")
            return nil
        }
        var line = 1
        for scalar in text.unicodeScalars {
            if scalar == "\n" {
                line += 1
            } else if Characters.isControl(scalar), scalar != "\t" {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
                if let firstLine {
                    let place = TaskSourcePlace.line(firstLine + line - 1)
                    report(
                        TaskField(name: field.name, value: .null, place: place),
                        "has the control character \(code); remove it")
                } else {
                    report(field, "has the control character \(code) in its line \(line); remove it")
                }
                return nil
            }
        }
        return text
    }

    // MARK: workspace, session

    private mutating func sessionID() -> String? {
        guard let field = fields[.sessionID], let id = line(field, atMost: Self.longestKey) else { return nil }
        let isID = id.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == 0x5F || byte == 0x2D
        }
        guard isID else {
            report(field, "should be the id of a session, such as ses_0123abc, but is \(Quoting.value(field.value))")
            return nil
        }
        return id
    }

    private mutating func workspace(session: String?) -> FilePath? {
        if let field = fields[.workspace] {
            guard let text = text(field) else { return nil }
            do {
                return try workspaces.resolve(text)
            } catch {
                report(field, error.message, isCircumstance: error.isCircumstance)
                return nil
            }
        }
        switch intake {
        case .rest(let directory?) where session != nil: return resolve(directory, from: "the session's directory")
        case .rest where session != nil:
            reportMissing(.workspace, "missing, and the directory of the session is not known; give its absolute path")
        case .rest: reportMissing(.workspace, "missing; give the absolute path of a directory, or a sessionId")
        case .file(_, _, let project?):
            if let path = workspaces.projects[project] {
                return resolve(path, from: "workspaces.\(Quoting.name(project)) in the configuration")
            }
            reportMissing(
                .workspace,
                "missing, and the configuration names no directory for the inbox's subfolder \(Quoting.text(project)); "
                    + wayOut("add workspaces.\(Quoting.name(project)) to the configuration")
            )
        case .file(_, _, nil):
            if let path = workspaces.defaultWorkspace {
                return resolve(path, from: "levels.storage.workspace in the configuration")
            }
            reportMissing(
                .workspace,
                "missing; "
                    + wayOut(
                        "drop the file into a subfolder inbox/PROJECT that the configuration knows under workspaces, "
                            + "or set levels.storage.workspace in the configuration"
                    )
            )
        }
        return nil
    }

    private func wayOut(_ others: String) -> String {
        guard case .file(let format, _, _) = intake, let give = format.howToGive(.workspace, "/absolute/path") else {
            return others
        }
        return "\(give), or \(others)"
    }

    private mutating func resolve(_ path: FilePath, from source: String) -> FilePath? {
        do {
            return try workspaces.resolve(path.string)
        } catch {
            reportMissing(.workspace, "from \(source): \(error.message)")
            return nil
        }
    }
}
