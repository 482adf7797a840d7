import Logging
import Synchronization

/// Keeps what is logged, so that a test can wait for it. For one waiter.
struct RecordedLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug
    private let lines: AsyncStream<String>
    private let feed: AsyncStream<String>.Continuation

    private let texts = Texts()

    /// Everything that was logged, with its metadata.
    var all: String { texts.value.withLock { $0 } }

    private final class Texts: Sendable {
        let value = Mutex("")
    }

    init() {
        (lines, feed) = AsyncStream.makeStream(of: String.self)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        texts.value.withLock { $0 += "\(event.message) \(event.metadata ?? [:]) \(metadata)\n" }
        feed.yield("\(event.message)")
    }

    /// Waits until `message` is logged, or was since the last wait.
    func wait(for message: String) async {
        for await line in lines where line == message { return }
    }
}
