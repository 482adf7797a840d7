/// What answers at the configured address.
package struct ServerIdentity: Sendable, Hashable {
    /// The dialect: `1` for OpenCode 1.15–1.18.
    package var wire: Int
    package var version: String

    package init(wire: Int, version: String) {
        self.wire = wire
        self.version = version
    }

    /// Whether the server keeps the message id that we choose and stays sane: only since 1.18.15, which orders messages
    /// by time. Before, an id from a clock that differs makes it loop or fall silent.
    package var keepsPromptIDs: Bool {
        guard let numbers = VersionNumber(version) else { return false }
        return wire == 1 && numbers >= VersionNumber(1, 18, 15)
    }
}

/// Three numbers of a version text.
package struct VersionNumber: Sendable, Hashable, Comparable {
    package var major: Int
    package var minor: Int
    package var patch: Int

    package init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Nil unless the text begins with three numbers, as that of a development build may not. A pre-release counts as
    /// older than its release, so it is taken for the patch before.
    package init?(_ text: String) {
        let plain = text.hasPrefix("v") ? text.dropFirst() : text[...]
        let core = plain.prefix { $0.isNumber || $0 == "." }
        let numbers = core.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2] else {
            return nil
        }
        self.init(major, minor, plain.dropFirst(core.count).first == "-" ? patch - 1 : patch)
    }

    package static func < (left: VersionNumber, right: VersionNumber) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}

/// Where to look again.
package enum AgentHint: Sendable, Hashable {
    /// The stream is open: look at everything, as it does not tell what happened before.
    case connected
    /// Something of this session's turn began or ended.
    case turn(session: String)
    /// The session does something.
    case activity(session: String)
    /// A permission or question came or went. Asks of a child carry the child's session.
    case ask(session: String)
    /// The session reported an error. It may be the only trace of a turn that never started.
    case failure(session: String?, AgentFailure)
    /// The server dropped a directory or everything.
    case reset
}

package struct SessionRequest: Sendable {
    package var directory: String
    package var title: String
    /// Permissions that the agent must not even ask for.
    package var denied: [String]

    package init(directory: String, title: String, denied: [String]) {
        self.directory = directory
        self.title = title
        self.denied = denied
    }
}

package struct AgentSession: Sendable, Hashable {
    package var id: String
    /// As the server says, which must equal what was asked for before anything is prompted.
    package var directory: String
    package var title: String
    package var parent: String?

    package init(id: String, directory: String, title: String = "", parent: String? = nil) {
        self.id = id
        self.directory = directory
        self.title = title
        self.parent = parent
    }
}

package struct AgentPrompt: Sendable {
    /// Chosen by us where the server's version makes that safe.
    package var id: String?
    package var text: String
    /// `provider/model`.
    package var model: String?
    package var agent: String?
    package var variant: String?

    package init(id: String?, text: String, model: String?, agent: String?, variant: String?) {
        self.id = id
        self.text = text
        self.model = model
        self.agent = agent
        self.variant = variant
    }
}

/// What a prompt is recognised by after the fact.
package struct PromptMark: Sendable, Hashable {
    /// The id that we chose.
    package var id: String?
    /// Prompts that were in the session before.
    package var known: [String]
    package var text: String

    package init(id: String?, known: [String], text: String) {
        self.id = id
        self.known = known
        self.text = text
    }
}

/// An error in the server's words.
package struct AgentFailure: Sendable, Hashable {
    /// `ProviderAuthError`, `APIError`, …
    package var name: String
    package var message: String
    /// Whether trying again later may help.
    package var mayPass: Bool

    package init(name: String, message: String, mayPass: Bool) {
        self.name = name
        self.message = message
        self.mayPass = mayPass
    }

    package var description: String { message.isEmpty ? name : "\(name): \(message)" }
}

/// One assistant message: a step of a turn.
package struct AgentStep: Sendable, Hashable {
    package var id: String
    package var isCompleted: Bool
    package var finish: String?
    package var failure: AgentFailure?
    /// The text parts, joined by newlines.
    package var text: String
    /// The name of the last tool that was called.
    package var tool: String?
    package var partCount: Int
    package var model: String?
    /// Input, output and reasoning.
    package var tokens: Int
    package var cost: Double

    package init(
        id: String, isCompleted: Bool, finish: String? = nil, failure: AgentFailure? = nil, text: String = "",
        tool: String? = nil, partCount: Int = 0, model: String? = nil, tokens: Int = 0, cost: Double = 0
    ) {
        self.id = id
        self.isCompleted = isCompleted
        self.finish = finish
        self.failure = failure
        self.text = text
        self.tool = tool
        self.partCount = partCount
        self.model = model
        self.tokens = tokens
        self.cost = cost
    }
}

/// What a session does, and what has become of one prompt in it.
package struct TurnObservation: Sendable {
    package enum Activity: Sendable, Hashable {
        case idle
        case busy
        /// The server tries a provider again; `next` in milliseconds since 1970.
        case retrying(attempt: Int, message: String, next: Int?)
    }

    package var activity: Activity
    /// Whether the prompt is among the messages.
    package var isPromptThere: Bool
    /// The prompt's assistant messages, in the server's order.
    package var steps: [AgentStep]
    /// Changes whenever anything about the messages does.
    package var fingerprint: Int

    package init(activity: Activity, isPromptThere: Bool, steps: [AgentStep], fingerprint: Int) {
        self.activity = activity
        self.isPromptThere = isPromptThere
        self.steps = steps
        self.fingerprint = fingerprint
    }

    package var tokens: Int { steps.reduce(0) { $0 + $1.tokens } }
    package var cost: Double { steps.reduce(0) { $0 + $1.cost } }
}

/// A permission or question that the agent waits for.
package struct AgentAsk: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case permission
        case question
    }

    package struct Question: Sendable, Hashable {
        package var text: String
        package var header: String
        package var options: [String]
        package var isMultiple: Bool

        package init(text: String, header: String, options: [String], isMultiple: Bool) {
            self.text = text
            self.header = header
            self.options = options
            self.isMultiple = isMultiple
        }
    }

    package var id: String
    package var kind: Kind
    package var session: String
    /// The permission's name; `question` for a question.
    package var permission: String
    package var patterns: [String]
    package var questions: [Question]

    package init(
        id: String, kind: Kind, session: String, permission: String, patterns: [String] = [], questions: [Question] = []
    ) {
        self.id = id
        self.kind = kind
        self.session = session
        self.permission = permission
        self.patterns = patterns
        self.questions = questions
    }
}

package enum AskReply: Sendable, Hashable {
    /// This once; never for good, as that would outlive the task.
    case once
    /// With a message, so that the turn goes on.
    case reject(message: String)
    /// One list of labels for each question.
    case answers([[String]])
}
