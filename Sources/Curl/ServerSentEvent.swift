/// One event of a `text/event-stream`.
package struct ServerSentEvent: Sendable, Hashable {
    /// What the `event` field says; `message` if it is missing.
    package var event: String
    /// The `data` lines, joined by line feeds. Ill-formed UTF-8 is replaced by U+FFFD.
    package var data: String
    /// The last `id` that the stream has named up to here; nil if none or reset.
    package var id: String?

    package init(event: String = "message", data: String, id: String? = nil) {
        self.event = event
        self.data = data
        self.id = id
    }
}

/// Why a stream of events can't be read on.
package enum ServerSentEventError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One event is larger than the parser's limit. The parser is of no more use: connect again.
    case frameTooLarge

    package var description: String { "an event of the stream is too large" }
}
