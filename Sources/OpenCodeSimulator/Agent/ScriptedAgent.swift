import JSON
import NIOPosix

/// Plays a script on a stage: the whole of what the simulated agent can do.
struct ScriptedAgent: Sendable {
    private let stage: any AgentStage
    private var inStep = false
    /// What will be said with the next thing that is done; held back so that the last words carry the marker.
    private var words: [String] = []
    private var done: [String] = []
    private var usage: TokenUsage?
    private var hasFailed = false

    init(stage: any AgentStage) { self.stage = stage }

    /// Plays one turn to its end. Throws `CancellationError` if it was ended from outside.
    static func play(_ script: AgentScript, on stage: any AgentStage) async throws {
        if script.noAssistant { return }
        var agent = ScriptedAgent(stage: stage)
        for (number, instruction) in script.instructions.enumerated() {
            await stage.reached(number)
            try await agent.run(instruction)
            if agent.hasFailed { return }
        }
        await stage.reached(script.instructions.count)
        try await agent.finish(script)
    }

    private mutating func run(_ instructions: [AgentScript.Instruction]) async throws {
        for instruction in instructions {
            try await run(instruction)
            if hasFailed { return }
        }
    }

    private mutating func run(_ instruction: AgentScript.Instruction) async throws {
        switch instruction {
        case .say(let text):
            try await speak()
            words = [text]
        case .think(let seconds): try await pause(.seconds(seconds))
        case .endStep(let gap):
            try await endStep(finish: "tool-calls")
            try await pause(.seconds(gap))
        case .write(let path, let content):
            let input: JSONObject = ["filePath": .string(path), "content": .string(content)]
            try await change("write", input, path) { files throws(WorkspaceFiles.Failure) in
                try files.write(path, content.isEmpty ? "" : content + "\n")
            }
        case .append(let path, let content):
            let input: JSONObject = ["filePath": .string(path), "newString": .string(content)]
            try await change("edit", input, path) { files throws(WorkspaceFiles.Failure) in
                try files.append(path, content)
            }
        case .delete(let path):
            try await change("bash", ["command": .string("rm \(path)")], path) {
                files throws(WorkspaceFiles.Failure) in try files.delete(path)
            }
        case .makeDirectory(let path):
            try await change("bash", ["command": .string("mkdir -p \(path)")], path) {
                files throws(WorkspaceFiles.Failure) in
                try files.makeDirectory(path)
                return nil
            }
        case .runCommand(let command): try await runCommand(command)
        case .note(let slug, let content):
            let path = "notes/\(slug).md"
            try await change("write", ["filePath": .string(path), "content": .string(content)], path) {
                files throws(WorkspaceFiles.Failure) in try files.create("notes", slug, content)
            }
        case .ask(let permission, let pattern, let always):
            try await ask(permission, pattern, always: always)
        case .question(let form, let always): try await question(form, always: always)
        case .subagent(let title, let instructions): try await subagent(title, instructions)
        case .fail(let failure):
            try await step()
            try await speak()
            try await stage.fail(failure)
            hasFailed = true
        case .retry(let times, let seconds):
            try await step()
            for attempt in 1...times {
                let next = WallClock.milliseconds() + Int(seconds * 1000)
                try await stage.retry(attempt: attempt, message: "The provider is overloaded", next: next)
                try await pause(.seconds(seconds))
            }
            try await stage.retryIsOver()
        case .stall:
            try await step()
            try await speak()
            while true { try await Task.sleep(for: .seconds(3600)) }
        case .frame(let bytes):
            try await step()
            try await stage.sendFrame(bytes: bytes)
        case .cutStreams:
            try await step()
            try await stage.cutStreams()
        case .restart:
            try await step()
            try await speak()
            try await stage.restartServer()
        case .usage(let usage): self.usage = usage
        }
    }

    /// The last message: what was still to be said, or a summary, and the marker.
    private mutating func finish(_ script: AgentScript) async throws {
        try await step()
        if script.empty {
            try await stage.endStep(finish: script.finish, usage: TokenUsage(input: usage?.input ?? 100))
            return
        }
        var text = words.isEmpty ? summary : words.joined(separator: "\n\n")
        words = []
        // A model that was cut off has not written its last line.
        if let marker = script.marker, script.finish == "stop" || script.markerIsExplicit {
            text += "\n\n" + marker.rawValue
        }
        try await stage.say(text)
        try await stage.endStep(finish: script.finish, usage: usage ?? Self.usage(of: text))
    }

    private var summary: String {
        done.isEmpty ? "There was nothing to do." : "Done: \(done.joined(separator: "; "))."
    }

    // MARK: steps

    private mutating func step() async throws {
        if inStep { return }
        inStep = true
        try await pause(stage.think)
        try await stage.beginStep()
    }

    private mutating func speak() async throws {
        if words.isEmpty { return }
        try await step()
        try await stage.say(words.joined(separator: "\n\n"))
        words = []
    }

    private mutating func endStep(finish: String) async throws {
        try await step()
        let text = words.joined()
        try await speak()
        try await stage.endStep(finish: finish, usage: usage ?? Self.usage(of: text))
        inStep = false
    }

    private static func usage(of text: String) -> TokenUsage {
        let output = 20 + text.utf8.count / 4
        return TokenUsage(input: 100, output: output, cost: Double(100 + 5 * output) / 1_000_000)
    }

    private func pause(_ duration: Duration) async throws {
        if duration > .zero { try await Task.sleep(for: duration) }
        try Task.checkCancellation()
    }

    // MARK: tools

    private mutating func runCommand(_ command: String) async throws {
        try await step()
        try await speak()
        guard stage.runsCommands else {
            try await stage.fail(.unknown("`sim: run` needs `openloom simulate --allow-run`"))
            hasFailed = true
            return
        }
        let call = try await stage.openTool("bash", input: ["command": .string(command)], title: command)
        let (status, output) = try await ShellCommand(line: command, directory: stage.workspace).run()
        if status == 0 {
            try await stage.closeTool(call, output: output, change: nil)
            done.append("ran \(command)")
        } else {
            try await stage.failTool(call, error: "ended with \(status): \(output)")
            done.append("\(command) ended with \(status)")
        }
    }

    private mutating func change(
        _ tool: String, _ input: JSONObject, _ path: String,
        _ work: @escaping @Sendable (WorkspaceFiles) throws(WorkspaceFiles.Failure) -> WorkspaceFiles.Change?
    ) async throws {
        try await step()
        try await speak()
        let call = try await stage.openTool(tool, input: input, title: path)
        let files = WorkspaceFiles(root: stage.workspace)
        let outcome = try await NIOThreadPool.singleton.runIfActive {
            () -> Result<WorkspaceFiles.Change?, WorkspaceFiles.Failure> in
            Result { () throws(WorkspaceFiles.Failure) in try work(files) }
        }
        switch outcome {
        case .success(let change):
            let path = change?.path ?? path
            let verb = change?.verb ?? "made"
            try await stage.closeTool(call, output: "\(verb) \(path)", change: change)
            done.append("\(verb) \(path)")
        case .failure(let failure):
            try await stage.failTool(call, error: failure.description)
            done.append(failure.description)
        }
    }

    private mutating func ask(_ permission: String, _ pattern: String, always: Bool) async throws {
        try await step()
        try await speak()
        let input: JSONObject = ["pattern": .string(pattern)]
        let call = try await stage.openTool(permission, input: input, title: pattern)
        let ask = PermissionAsk(permission: permission, pattern: pattern, call: call, always: always)
        switch try await stage.ask(ask) {
        case .allowed:
            try await stage.closeTool(call, output: "\(permission) \(pattern): allowed", change: nil)
            done.append("\(permission) was allowed")
        case .denied:
            try await stage.failTool(call, error: "A rule prevents \(permission) \(pattern)")
            done.append("\(permission) was denied by a rule, so I went on without it")
        case .rejected(let message):
            let reason = message.map { ": \($0)" } ?? ""
            try await stage.failTool(call, error: "The user rejected permission to use this tool\(reason)")
            done.append("\(permission) was rejected\(reason), so I went on without it")
        }
    }

    private mutating func question(_ form: AgentForm, always: Bool) async throws {
        try await step()
        try await speak()
        let name = form.name
        let call = try await stage.openTool("question", input: ["header": .string(name)], title: name)
        if let answers = try await stage.question(form, call: call, always: always) {
            let text = answers.map { $0.joined(separator: ", ") }.joined(separator: "; ")
            try await stage.closeTool(call, output: text, change: nil)
            done.append("“\(name)” was answered: \(text)")
        } else {
            try await stage.failTool(call, error: "The user dismissed this question")
            done.append("“\(name)” was dismissed, so I went on without an answer")
        }
    }

    private mutating func subagent(_ title: String, _ instructions: [AgentScript.Instruction]) async throws {
        try await step()
        try await speak()
        let call = try await stage.openTool("task", input: ["description": .string(title)], title: title)
        let childStage = try await stage.beginSubagent(title: title)
        var child = ScriptedAgent(stage: childStage)
        do {
            try await child.run(instructions)
            if !child.hasFailed {
                var script = AgentScript()
                script.marker = nil
                try await child.finish(script)
            }
            try await childStage.endSubagent()
        } catch is CancellationError {
            // Somebody aborted the child alone: we go on. If it was us, this throws.
            try Task.checkCancellation()
            try await stage.failTool(call, error: "The subagent was aborted")
            done.append("the subagent “\(title)” was aborted")
            return
        }
        try await stage.closeTool(call, output: child.summary, change: nil)
        done.append("the subagent “\(title)” ended")
    }
}
