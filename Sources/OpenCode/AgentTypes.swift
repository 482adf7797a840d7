package import JSON
package import Usage

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
    package var choice: AgentChoice

    package init(directory: String, title: String, denied: [String], choice: AgentChoice = AgentChoice()) {
        self.directory = directory
        self.title = title
        self.denied = denied
        self.choice = choice
    }
}

/// Who is to work: nil leaves it to the server's configuration.
package struct AgentChoice: Sendable, Hashable {
    /// `provider/model`.
    package var model: String?
    package var agent: String?
    /// Of the model, such as how long it thinks.
    package var variant: String?

    package init(model: String? = nil, agent: String? = nil, variant: String? = nil) {
        self.model = model
        self.agent = agent
        self.variant = variant
    }

    /// The two parts of `model`.
    ///
    /// - Throws: ``AgentError`` with code `refused` when it is not written `provider/model`.
    func splitModel() throws(AgentError) -> (provider: String, id: String)? {
        guard let model else { return nil }
        let parts = model.split(separator: "/", maxSplits: 1).map { String($0) }
        guard parts.count == 2 else {
            throw AgentError(
                .refused, "the model \"\(model)\" should be written PROVIDER/MODEL", wasPossiblyReceived: false)
        }
        return (parts[0], parts[1])
    }
}

package struct AgentSession: Sendable, Hashable {
    package var id: String
    /// As the server says, which must equal what was asked for before anything is prompted.
    package var directory: String
    package var title: String
    package var parent: String?
    /// What works in it, where the session knows that.
    package var choice = AgentChoice()

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
    package var choice: AgentChoice

    package init(id: String?, text: String, choice: AgentChoice = AgentChoice()) {
        self.id = id
        self.text = text
        self.choice = choice
    }
}

/// What a prompt is recognised by after the fact.
package struct PromptMark: Sendable, Hashable {
    /// The id that we chose.
    package var id: String?
    /// Prompts that were in the session before.
    package var known: [String]
    package var text: String
    /// Whether it was another program that sent it, with something of its own behind ``text``.
    package var isBeginning: Bool
    /// Where not every prompt that begins so will do: the line that parts ``text`` from what that program put behind it.
    /// It is there once, so that the prompt of a longer text is not taken for this one's.
    package var separator: String?

    package init(
        id: String?, known: [String], text: String, isBeginning: Bool = false, separator: String? = nil
    ) {
        self.separator = separator
        self.id = id
        self.known = known
        self.text = text
        self.isBeginning = isBeginning
    }

    /// Whether the prompt with that id and text is meant.
    package func fits(id: String, text: @autoclosure () -> String?) -> Bool {
        if let chosen = self.id { return id == chosen }
        guard !known.contains(id), let text = text() else { return false }
        guard isBeginning else { return text == self.text }
        guard text.utf8.starts(with: self.text.utf8) else { return false }
        guard let separator else { return true }
        let rest = Substring(text.utf8.dropFirst(self.text.utf8.count))
        let line = "\n\(separator)\n"
        return rest.utf8.starts(with: "\n\(line)".utf8) && rest.ranges(of: line).count == 1
    }

    /// Of those that fit, oldest first: ours is the first, as it would not have been sent again. Which prompts were there
    /// before somebody else sent his is not known, but that his was the last.
    package func pick<Item>(_ items: [Item]) -> Item? { isBeginning ? items.last : items.first }
}

/// An error in the server's words.
package struct AgentFailure: Sendable, Hashable {
    /// `ProviderAuthError`, `APIError`, …
    package var name: String
    package var message: String
    /// Whether trying again later may help.
    package var mayPass: Bool
    /// Whether the provider of the model has said that there was too much of late: nothing is wrong with the task, and
    /// others would be told the same.
    package var isLimit: Bool

    package init(name: String, message: String, mayPass: Bool, isLimit: Bool = false) {
        self.name = name
        self.message = message
        self.mayPass = mayPass
        self.isLimit = isLimit
    }

    /// Where a server tells of a limit in words only.
    package static func speaksOfLimit(_ message: String) -> Bool {
        let text = message.lowercased()
        return ["rate limit", "rate-limit", "ratelimit", "too many requests", "quota", "429", "usage limit"]
            .contains { text.contains($0) }
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
    /// What wrote it: `provider/model`.
    package var model: String?
    package var agent: String?
    /// Input, output and reasoning.
    package var tokens: Int
    /// The same by kind, with what was read from and written to the provider's cache.
    package var counts = TokenCounts()
    package var cost: Double

    package init(
        id: String, isCompleted: Bool, finish: String? = nil, failure: AgentFailure? = nil, text: String = "",
        tool: String? = nil, partCount: Int = 0, model: String? = nil, agent: String? = nil, tokens: Int = 0,
        cost: Double = 0
    ) {
        self.id = id
        self.isCompleted = isCompleted
        self.finish = finish
        self.failure = failure
        self.text = text
        self.tool = tool
        self.partCount = partCount
        self.model = model
        self.agent = agent
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
    /// What the server itself wrote down about the turn's end. Nil while it has not ended, and always with a server that
    /// writes no such thing.
    package var outcome: Outcome?
    /// Whether the server writes an outcome at the end of every turn, and goes on by itself with a turn that a restart
    /// cut off.
    package var recordsOutcomes = false
    /// Whether the prompt was taken and waits for its turn.
    package var isQueued = false
    /// What the session has used in all, where the server keeps count.
    package var totals: AgentUsage?

    package enum Outcome: String, Sendable, Hashable {
        case succeeded
        case failed
        case interrupted
    }

    package init(activity: Activity, isPromptThere: Bool, steps: [AgentStep], fingerprint: Int) {
        self.activity = activity
        self.isPromptThere = isPromptThere
        self.steps = steps
        self.fingerprint = fingerprint
    }

    /// What the turn used: by the server's count, if it keeps one, less what the session had used `before`; else the sum
    /// of the prompt's messages.
    package func used(since before: AgentUsage?) -> AgentUsage {
        if let totals {
            return AgentUsage(
                tokens: max(0, totals.tokens - (before?.tokens ?? 0)), cost: max(0, totals.cost - (before?.cost ?? 0)))
        }
        return AgentUsage(tokens: steps.reduce(0) { $0 + $1.tokens }, cost: steps.reduce(0) { $0 + $1.cost })
    }
}

/// What was used of a provider.
package struct AgentUsage: Sendable, Hashable {
    /// Input, output and reasoning.
    package var tokens: Int
    /// In the currency of the provider's price list, which is US dollars.
    package var cost: Double

    package init(tokens: Int, cost: Double) {
        self.tokens = tokens
        self.cost = cost
    }
}

/// A file of which the server says that it was changed.
package struct ReportedChange: Sendable, Hashable {
    package var path: String
    /// `added`, `modified`, `deleted`; nil where the server's version does not say.
    package var status: String?
    package var additions: Int
    package var deletions: Int

    /// An item of a list of differences; both wires have the same.
    init?(_ json: JSONValue) {
        guard let path = json["file"]?.string, !path.isEmpty, path.utf8.count <= 4096 else { return nil }
        self.path = path
        status = json["status"]?.string
        additions = max(0, json["additions"]?.int ?? 0)
        deletions = max(0, json["deletions"]?.int ?? 0)
    }

    package var json: JSONValue {
        [
            "path": .string(path), "status": JSONValue(status), "additions": .int(additions),
            "deletions": .int(deletions),
        ]
    }
}

/// A permission or question that the agent waits for.
package struct AgentAsk: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case permission
        case question
    }

    package struct Question: Sendable, Hashable {
        /// What an answer is made of.
        package enum Kind: String, Sendable, Hashable {
            case text
            case number
            case integer
            case boolean
            /// Something that must be done elsewhere: no answer can be given here.
            case external
        }

        package var text: String
        package var header: String
        /// What a person reads and chooses from.
        package var options: [String]
        package var isMultiple: Bool
        package var kind: Kind = .text
        /// The name under which the server wants the answer, where it has names for them.
        package var key: String?
        /// What the server wants for each of the options, where that is not its text.
        package var values: [String]?
        package var isRequired = true

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
    /// What the server tells besides about a permission: a command, a path. Only shown.
    package var metadata: JSONValue?

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
