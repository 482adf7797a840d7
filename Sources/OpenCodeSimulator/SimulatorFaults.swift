/// Everything that the simulated server does wrong on request. The default does nothing wrong.
///
/// Can be set before the start, and at run time by `POST /simulator/faults` with an object of the names below; the
/// names that are given are changed, `null` sets one back. What each does is in ``documentation``.
package struct SimulatorFaults: Sendable, Hashable {
    /// One rule for requests that fail; see `fail`.
    package struct Failure: Sendable, Hashable {
        package enum Action: Sendable, Hashable {
            case status(Int)
            /// No answer, until the caller goes away.
            case hang
            /// The connection is closed without an answer.
            case reset
        }

        /// Any method if nil.
        package var method: String?
        /// `*` for any characters, `?` for one.
        package var path: String
        package var action: Action
        /// How many requests; without end if nil.
        package var count: Int?
        /// For how many seconds from the moment the rule was given; without end if nil.
        package var seconds: Double?

        package init(
            method: String? = nil, path: String, action: Action, count: Int? = nil, seconds: Double? = nil
        ) {
            self.method = method
            self.path = path
            self.action = action
            self.count = count
            self.seconds = seconds
        }
    }

    /// How prompts of wire 2 are answered; see `promptTrouble`.
    package struct PromptTrouble: Sendable, Hashable {
        package enum Answer: Sendable, Hashable {
            case status(Int)
            case late(seconds: Double)
            case hang
            case reset
        }

        package var answer: Answer
        /// Whether the prompt is admitted all the same.
        package var taken: Bool
        /// How many prompts; without end if nil.
        package var count: Int?

        package init(answer: Answer, taken: Bool, count: Int? = nil) {
            self.answer = answer
            self.taken = taken
            self.count = count
        }
    }

    /// What `/global/health` answers.
    package enum Health: String, Sendable, Hashable, CaseIterable {
        case normal
        case html
        case opencode2
        case noVersion = "no-version"
        case unhealthy
    }

    package var refuseStreams = 0
    package var cutStreamAfterEvents: Int?
    package var cutStreamAfterSeconds: Double?
    package var cutStreamMidTurn = false
    package var muteStreams = false
    package var failCreateSession = 0
    package var failMessages = 0
    package var fail: [Failure] = []
    package var delaySeconds = 0.0
    package var persistDelaySeconds = 0.0
    package var losePrompts = 0
    package var limitedTurns = 0
    package var wrongDirectory: String?
    package var health = Health.normal
    package var previewHealth: Bool?
    package var unauthorized = false
    package var busyAfterFinish = false
    package var statusType: String?
    package var pageSize: Int?
    package var frameBytes: Int?
    package var abortSeconds = 0.0
    package var abortIgnored = false
    package var abortSparesChildren = false
    package var answeringModel: String?
    package var rejectEndsTurn = false
    package var secondError = false
    package var errorWithoutSession = false
    package var loopLimit = 20

    package var htmlEverywhere = false
    package var streamBuffer: Int?
    package var streamFailureAfterEvents: Int?
    package var promptTrouble: [PromptTrouble] = []
    package var inboxSeconds = 0.0
    package var models: [String] = []
    package var freshLocations = false
    package var shutdownTurns = 0
    package var resumeSeconds = 0.0
    package var strangers = false
    package var emptyLastPage = false

    package init() {}
}

extension SimulatorFaults {
    /// Takes one from a number of times; -1 never ends.
    static func take(_ count: inout Int) -> Bool {
        if count == 0 { return false }
        if count > 0 { count -= 1 }
        return true
    }
}
