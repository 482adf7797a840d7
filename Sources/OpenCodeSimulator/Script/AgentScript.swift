/// What the scripted agent will do in one turn, read from the text of the prompt.
struct AgentScript: Sendable, Hashable {
    /// In order.
    var instructions: [Instruction] = []
    /// How the prompt itself is received, before any turn.
    var reception = Reception.normal
    /// The last line of the last message.
    var marker: Marker? = .complete
    /// Whether a line said what the marker is.
    var markerIsExplicit = false
    /// The finish reason of the last message.
    var finish = "stop"
    /// The session stays busy after the end of the turn.
    var staysBusy = false
    /// The session gets its title after it became idle.
    var titleAfterIdle = false
    /// The turn ends as it began: busy, then idle, without a message from the assistant.
    var noAssistant = false
    /// The last message has no output at all.
    var empty = false

    /// What happens to the prompt.
    enum Reception: Sendable, Hashable {
        case normal
        /// 204, and nothing ever.
        case silent
        /// 204, then only a `session.error`: the message never appears.
        case notPersisted
        /// 204 and the message, then nothing.
        case noTurn
    }

    enum Marker: String, Sendable, Hashable {
        case complete = "TASK COMPLETE"
        case noChange = "NO CHANGE NEEDED"
    }

    indirect enum Instruction: Sendable, Hashable {
        case write(path: String, content: String)
        case append(path: String, content: String)
        case delete(path: String)
        case makeDirectory(path: String)
        /// A line for the shell, in the workspace.
        case runCommand(String)
        /// A new file with a title in its name; a name that is taken gets a number.
        case note(slug: String, content: String)
        case say(String)
        case think(seconds: Double)
        case endStep(gap: Double)
        case ask(permission: String, pattern: String, always: Bool)
        case question(AgentForm, always: Bool)
        case subagent(title: String, [Instruction])
        case fail(AgentFailure)
        case retry(times: Int, seconds: Double)
        case stall
        case frame(bytes: Int)
        case cutStreams
        case restart
        case usage(TokenUsage)
    }
}

extension AgentScript {
    /// What is left of the turn after so many instructions, for one that is taken up again. Trouble that befell the turn
    /// does not befall it twice.
    func resumed(after done: Int) -> AgentScript {
        var rest = self
        rest.instructions = Array(instructions.dropFirst(done))
        if [.stall, .restart].contains(rest.instructions.first) { rest.instructions.removeFirst() }
        return rest
    }
}

/// An error as wire 1 names them.
enum AgentFailure: Sendable, Hashable {
    case providerAuth
    case api(status: Int, retryable: Bool)
    case contextOverflow
    case outputLength
    case structuredOutput
    case aborted
    case unknown(String)
}
