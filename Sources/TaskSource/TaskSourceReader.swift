package import JSON
package import Spool
package import SystemPackage

/// Turns what people drop and post into tasks.
///
/// Reads files only to find out whether workspaces are there; changes nothing.
package struct TaskSourceReader: Sendable {
    let limits: TaskSourceLimits
    /// Where tasks may work.
    package let workspaces: WorkspacePolicy

    /// What is checked, and who may say so.
    package let verification: VerificationPolicy

    package init(
        limits: TaskSourceLimits = TaskSourceLimits(), workspaces: WorkspacePolicy,
        verification: VerificationPolicy = VerificationPolicy()
    ) {
        self.limits = limits
        self.workspaces = workspaces
        self.verification = verification
    }

    /// Reads a dropped file.
    ///
    /// - Parameters:
    ///   - fileName: The name it was dropped with: its extension tells the format, its stem names a task that says no
    ///     name itself.
    ///   - project: The inbox's subfolder that it was dropped into; nil for the inbox itself.
    ///   - workspace: Where to work if the file does not say it.
    /// - Throws: Everything that is wrong with the file.
    package func read(
        bytes: [UInt8], fileName: String, project: String?, workspace: String? = nil, origin: TaskOrigin,
        now: Timestamp
    ) throws(TaskSourceError) -> TaskSpec {
        guard let format = TaskFormat(fileName: fileName) else {
            throw TaskSourceError(
                TaskSourceProblem(message: "\(Quoting.text(fileName)) is no task file; use \(TaskFormat.list)")
            )
        }
        guard bytes.count <= limits.fileBytes else {
            throw TaskSourceError(
                TaskSourceProblem(message: "the file has \(bytes.count) bytes; at most \(limits.fileBytes) are read")
            )
        }
        guard !bytes.isEmpty else {
            throw TaskSourceError(TaskSourceProblem(message: "the file is empty; write into it what is to be done"))
        }
        var draft: TaskDraft
        switch format {
        case .md: draft = try MarkdownSource.read(try SourceText.decode(bytes), limits: limits.yaml)
        case .txt: draft = TaskDraft(body: Characters.withUnixLines(try SourceText.decode(bytes)), bodyPlace: .line(1))
        case .yaml, .yml:
            let text = try SourceText.decode(bytes)
            draft = TaskDraft(fields: try KeyedSource.yaml(text, limits: limits.yaml))
        case .json: draft = TaskDraft(fields: try KeyedSource.json(try SourceText.decode(bytes)))
        case .docx: draft = try DocxSource.read(bytes, limits: limits)
        }
        if let workspace, !draft.fields.contains(where: { TaskKey(name: $0.name) == .workspace && $0.value != .null }) {
            draft.fields.append(TaskField(name: TaskKey.workspace.rawValue, value: .string(workspace)))
        }
        let intake = TaskSpecBuilder.Intake.file(format, stem: Self.stem(of: fileName), project: project)
        var builder = TaskSpecBuilder(
            draft, intake: intake, workspaces: workspaces, verification: verification, longestGoal: limits.fileBytes)
        return try builder.build(origin: origin, now: now)
    }

    /// Reads the body of a REST request.
    ///
    /// Unlike in a file, a missing or blank name means `Untitled task`, a blank `workspace` or `sessionId` counts as
    /// missing, and the default workspace is not used: so do OpenLoom's clients expect it.
    ///
    /// - Parameter sessionDirectory: Where the session works that `sessionId` names, if the caller looked it up: the
    ///   workspace if the body gives none.
    /// - Throws: Everything that is wrong with the body, each with its JSON pointer.
    package func read(
        json: JSONValue, origin: TaskOrigin, now: Timestamp, sessionDirectory: FilePath? = nil
    ) throws(TaskSourceError) -> TaskSpec {
        guard let object = json.object else {
            throw TaskSourceError(
                TaskSourceProblem(message: "should be an object {…}, but is \(Quoting.value(json))", pointer: "")
            )
        }
        let draft = TaskDraft(fields: object.map { TaskField(name: $0.name, value: $0.value) })
        let intake = TaskSpecBuilder.Intake.rest(sessionDirectory: sessionDirectory)
        var builder = TaskSpecBuilder(
            draft, intake: intake, workspaces: workspaces, verification: verification, longestGoal: limits.fileBytes)
        return try builder.build(origin: origin, now: now)
    }

    private static func stem(of fileName: String) -> String {
        let last = fileName.split(separator: "/").last ?? ""
        guard let dot = last.lastIndex(of: "."), dot != last.startIndex else { return String(last) }
        return String(last[..<dot])
    }
}
