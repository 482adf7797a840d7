import Console
import Daemon
import DaemonConfiguration
import JSON
import Spool
import SystemPackage
import TaskSource

/// Makes a task of a file and the command line.
struct Submitter {
    let options: GlobalOptions
    let given: SubmitOptions

    /// Submits the task to the spool that the options name.
    ///
    /// - Returns: The spool and the task's id; the task is durable then.
    /// - Throws: ``CommandFailure`` that says everything that is wrong with the file.
    func submit() throws -> (SpoolDirectory, TaskID) {
        let configuration = try options.loadConfiguration()
        let spool = try SpoolDirectory(openingOrCreating: configuration.spool.path)
        let (bytes, fileName) = try read(limit: configuration.limits.fileBytes)
        let spec = try spec(bytes, fileName, configuration, spool)
        let fileExtension = TaskFormat(fileName: fileName)?.rawValue ?? TaskFormat.txt.rawValue
        let submission = Submission(spec: spec, source: bytes, fileExtension: fileExtension)
        return (spool, given.hold ? try submitHeld(submission, to: spool) : try spool.submit(submission))
    }

    /// The file's name in messages.
    private var source: String { given.file == "-" ? "standard input" : given.file }

    private func read(limit: Int) throws -> (bytes: [UInt8], fileName: String) {
        let isStandardInput = given.file == "-"
        do {
            let path = GlobalOptions.absolute(given.file)
            let descriptor =
                isStandardInput
                ? FileDescriptor.standardInput : try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            defer { if !isStandardInput { try? descriptor.close() } }
            let bytes = try InputFile.readAll(descriptor, limit: limit)
            let name =
                isStandardInput
                ? "\(Self.standardInputStem).\((given.format ?? .md).rawValue)" : path.lastComponent?.string ?? ""
            return (bytes, name)
        } catch {
            throw CommandFailure("can't read \(source): \(error)")
        }
    }

    private func spec(
        _ bytes: [UInt8], _ fileName: String, _ configuration: Configuration, _ spool: SpoolDirectory
    ) throws -> TaskSpec {
        let workspace = given.workspace.map(GlobalOptions.absolute)
        let policy = WorkspacePolicy(
            defaultWorkspace: workspace ?? configuration.defaultWorkspace, projects: configuration.workspaceProjects,
            allow: configuration.allowedWorkspaces ?? [], home: GlobalOptions.home)
        let reader = TaskSourceReader(
            limits: configuration.sourceLimits, workspaces: policy, verification: configuration.verification)
        let origin = TaskOrigin(.cli, source: given.file == "-" ? nil : fileName)
        let now = Timestamp.now()
        var spec: TaskSpec
        do {
            spec = try reader.read(bytes: bytes, fileName: fileName, project: nil, origin: origin, now: now)
        } catch {
            let hint = error.problems.contains { $0.key == "workspace" } ? "\nor give one with --workspace" : ""
            throw CommandFailure("\(source) can't become a task:\n\(error)\(hint)")
        }
        if given.file == "-", given.name == nil, spec.name == Self.standardInputStem {
            spec.name = Self.firstLine(of: spec.goal) ?? spec.name
        }
        try override(&spec, reader, spool, now)
        return spec
    }

    /// What a file on standard input would be called; a task without a name of its own would get it as its name.
    private static let standardInputStem = "stdin"
    private static let longestName = 60

    private static func firstLine(of goal: String) -> String? {
        let line = goal.split(whereSeparator: \.isNewline).lazy.map { $0.split(separator: " ").joined(separator: " ") }
            .first { !$0.isEmpty }
        return line.map { StyledText($0).truncated(to: longestName).rendered(colors: false) }
    }

    /// Lets the command line have the last word. What it says goes through the same checks as a file.
    private func override(
        _ spec: inout TaskSpec, _ reader: TaskSourceReader, _ spool: SpoolDirectory, _ now: Timestamp
    ) throws {
        let workspace = given.workspace.map { GlobalOptions.absolute($0).string } ?? spec.workspace.string
        var said: JSONObject = ["goal": "-", "workspace": .string(workspace)]
        said["name"] = given.name.map { .string($0) }
        said["priority"] = given.priority.map { .int($0) }
        said["not_before"] = given.notBefore.map { .string($0) }
        said["expires"] = given.expires.map { .string($0) }
        if !given.dependencies.isEmpty {
            // A task that is there by its id, so that the spec says what was meant at this moment.
            said["after"] = .array(
                given.dependencies.map { given in
                    var dependency = given
                    dependency.task = (try? spool.task(named: given.task))?.rawValue ?? given.task
                    return dependency.json
                })
        }
        said["key"] = given.key.map { .string($0) }
        said["model"] = given.model.map { .string($0) }
        said["variant"] = given.variant.map { .string($0) }
        said["agent"] = given.agent.map { .string($0) }
        said["sessionId"] = given.session.map { .string($0) }
        said["timeout_s"] = given.timeout.map { .double($0) }
        if given.worktree { said["worktree"] = true }
        if !given.verify.isEmpty { said["verify"] = JSONValue(given.verify) }
        let checked: TaskSpec
        do {
            checked = try reader.read(json: .object(said), origin: spec.origin, now: now)
        } catch {
            throw CommandFailure("the command line is wrong about the task:\n\(error)", exitCode: 64)
        }
        if spec.workspace != checked.workspace {
            spec.workspace = checked.workspace
            let own = spec.verify.filter { $0.source != .workspace }
            spec.verify = reader.verification.defaults(of: spec.workspace) + own
        }
        for check in checked.verify where check.source != .workspace && !spec.verify.contains(check) {
            spec.verify.append(check)
        }
        if given.name != nil { spec.name = checked.name }
        if given.priority != nil { spec.priority = checked.priority }
        spec.notBefore = checked.notBefore ?? spec.notBefore
        spec.expires = checked.expires ?? spec.expires
        if !checked.after.isEmpty { spec.after = checked.after }
        spec.key = checked.key ?? spec.key
        spec.model = checked.model ?? spec.model
        spec.agent = checked.agent ?? spec.agent
        spec.variant = checked.variant ?? spec.variant
        spec.sessionID = checked.sessionID ?? spec.sessionID
        spec.worktree = checked.worktree || spec.worktree
        spec.timeoutSeconds = checked.timeoutSeconds ?? spec.timeoutSeconds
    }

    /// Accepts the task with its `hold` in place: a daemon that is quick must not start it before it is held.
    private func submitHeld(_ submission: Submission, to spool: SpoolDirectory) throws -> TaskID {
        if spool.isClosed { throw spool.closedError }
        if submission.spec.key != nil {
            throw CommandFailure("the file gives a key, which does not go with --hold; hold the task afterwards")
        }
        let (id, building) = try spool.beginBuilding(name: submission.spec.name)
        let task = TaskPaths(directory: building)
        try spool.mark(task.hold)
        try spool.completeBuilding(task, spec: submission.spec, source: submission.source)
        try spool.accept(building, as: id)
        return id
    }
}
