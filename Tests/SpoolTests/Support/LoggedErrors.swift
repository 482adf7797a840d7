import Logging
import Synchronization

/// Counts what is logged as an error.
final class LoggedErrors: LogHandler, Sendable {
    private let errors = Atomic(0)

    var count: Int { errors.load(ordering: .relaxed) }

    var logger: Logger { Logger(label: "test") { _ in self } }

    // What the protocol asks for; nobody sets them here.
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .debug }
        set {}
    }

    func log(event: LogEvent) {
        if event.level >= .error { errors.add(1, ordering: .relaxed) }
    }
}
