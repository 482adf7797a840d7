import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// An HTTP connection with bounds on everything that a stranger sends.
struct GuardedChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    /// The longest header, and the longest request line.
    static let maxFieldBytes = 16 << 10
    static let maxHeadBytes = 32 << 10
    static let maxFields = 100

    private let http: HTTP1Channel
    private let patience: TimeAmount
    private let logger: Logger

    /// - Parameter patience: For a request to come and get on, and for an answer to be taken.
    init(patience: Duration, logger: Logger, responder: @escaping HTTPChannelHandler.Responder) {
        self.patience = TimeAmount(patience)
        self.logger = logger
        http = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                idleTimeout: self.patience,
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: Self.maxFieldBytes, maxHeaderListSize: Self.maxHeadBytes,
                    maxHeaderFieldCount: Self.maxFields)))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { [patience, logger = self.logger] value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(ConnectionGuard(patience: patience, logger: logger), position: .after(decoder))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
            await http.handle(value: value, logger: logger)
        }
    }
}
