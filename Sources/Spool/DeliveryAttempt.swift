package import JSON

/// What came of one attempt to deliver: a line of `outbox/ENDPOINT/attempts/NAME.jsonl`.
package struct DeliveryAttempt: Sendable, Equatable {
    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// The endpoint took it; the delivery belongs in `done/`.
        case delivered
        /// It will be tried again, not before ``DeliveryAttempt/next``.
        case retry
        /// It is not tried again; the delivery belongs in `failed/`.
        case failed
        /// No attempt: somebody asked to have it sent anew.
        case requested

        /// Whether attempts that follow in the file count from the beginning.
        package var isFinal: Bool { self != .retry }
    }

    /// 1 for the first since the delivery was made or put back.
    package var number: Int
    package var time: Timestamp
    package var outcome: Outcome
    /// The answer's status; nil without an answer.
    package var status: Int?
    /// Why there was no answer, or why this one does not count.
    package var error: String?
    package var milliseconds: Int
    /// The beginning of the answer's body.
    package var answer: String?
    package var next: Timestamp?

    /// How much of an answer is kept, in bytes.
    package static let keptAnswer = 1024

    package init(
        number: Int, time: Timestamp, outcome: Outcome, status: Int? = nil, error: String? = nil, milliseconds: Int,
        answer: String? = nil, next: Timestamp? = nil
    ) {
        self.number = number
        self.time = time
        self.outcome = outcome
        self.status = status
        self.error = error
        self.milliseconds = milliseconds
        self.answer = answer
        self.next = next
    }

    package var json: JSONValue {
        var object: JSONObject = [
            "attempt": .int(number), "time": .string(time.iso8601), "outcome": .string(outcome.rawValue),
            "status": JSONValue(status), "latency_ms": .int(milliseconds),
        ]
        object["error"] = error.map { .string($0) }
        object["answer"] = answer.map { .string($0) }
        object["next"] = next.map { .string($0.iso8601) }
        return .object(object)
    }

    package init?(json: JSONValue) {
        guard let number = json["attempt"]?.int, number > 0,
            let time = json["time"]?.string.flatMap(Timestamp.init(iso8601:)),
            let outcome = json["outcome"]?.string.flatMap(Outcome.init(rawValue:)),
            let milliseconds = json["latency_ms"]?.int
        else { return nil }
        self.init(
            number: number, time: time, outcome: outcome, status: json["status"]?.int, error: json["error"]?.string,
            milliseconds: milliseconds, answer: json["answer"]?.string,
            next: json["next"]?.string.flatMap(Timestamp.init(iso8601:)))
    }
}
