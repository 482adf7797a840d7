import Hummingbird
import Logging
import NIOCore
import Synchronization

/// What goes along with a request.
struct APIRequestContext: RequestContext {
    typealias Source = RequestSource

    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    let record: RequestRecord
    let body = BodyProgress()
    /// Set by the gate; whoever did not pass it may do nothing.
    var caller = Caller.unknown

    init(source: RequestSource) {
        coreContext = CoreRequestContextStorage(
            source: ApplicationRequestContextSource(channel: source.channel, logger: source.logger))
        channel = source.channel
        record = source.record
    }
}

/// What a context is made of.
struct RequestSource: RequestContextSource, Sendable {
    let channel: any Channel
    let logger: Logger
    let record: RequestRecord
}

/// How far the body of a request was read. It can be read once.
final class BodyProgress: Sendable {
    enum State: Sendable {
        case untouched
        /// To its end, or it is for somebody else to do.
        case read
        /// More is coming than anybody will read.
        case abandoned
    }

    private let value = Mutex(State.untouched)

    var state: State {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
