import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1

/// Ends a connection that does not get on, and says so to one whose head can't be taken.
///
/// Sits right behind the decoder. How long a connection may be without a request, or take for a head, is counted by the
/// server itself; here it is the bodies, and the answers that nobody takes.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What a body has to bring in a second, in bytes, once its time has run out.
    private static let slowest = 16 << 10

    private let patience: TimeAmount
    private let logger: Logger
    /// Heads that came in less the answers that were given in full.
    private var openRequests = 0
    private var bodySince: NIODeadline?
    private var bodyBytes = 0
    private var bodyTimer: Scheduled<Void>?
    private var answerTimer: Scheduled<Void>?
    /// We have had the last word.
    private var isRefused = false

    init(patience: TimeAmount, logger: Logger) {
        self.patience = patience
        self.logger = logger
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        bodyTimer?.cancel()
        answerTimer?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            openRequests += 1
            bodySince = .now()
            bodyBytes = 0
        case .body(let piece): bodyBytes += piece.readableBytes
        case .end:
            bodySince = nil
            bodyTimer?.cancel()
            bodyTimer = nil
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Most requests end with the piece that they begin with, and need no timer.
        if bodyTimer == nil { watchBody(context) }
        context.fireChannelReadComplete()
    }

    private func watchBody(_ context: ChannelHandlerContext) {
        guard let bodySince else { return }
        let earned = TimeAmount.milliseconds(Int64(bodyBytes) * 1000 / Int64(Self.slowest))
        let left = bodySince + patience + earned - .now()
        guard left > .zero else { return cutOff(context, "its body did not get on") }
        bodyTimer = context.eventLoop.assumeIsolated().scheduleTask(in: left) {
            self.bodyTimer = nil
            self.watchBody(context)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        answerTimer?.cancel()
        answerTimer = nil
        if !context.channel.isWritable {
            answerTimer = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
                self.cutOff(context, "its answer was not taken")
            }
        }
        context.fireChannelWritabilityChanged()
    }

    private func cutOff(_ context: ChannelHandlerContext, _ reason: String) {
        logger.debug("closed a connection", metadata: ["reason": "\(reason)"])
        context.close(promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isRefused else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        if case .end = unwrapOutboundIn(data) { openRequests -= 1 }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The decoder can stumble again over what it stumbled over before.
        guard !isRefused else { return }
        guard let error = error as? HTTPParserError, openRequests == 0 else { return context.fireErrorCaught(error) }
        switch error {
        case .headerOverflow:
            refuse(
                Problem(
                    .headTooLarge,
                    "The request line and each header have at most \(GuardedChannel.maxFieldBytes) bytes, all together "
                        + "\(GuardedChannel.maxHeadBytes), and there are at most \(GuardedChannel.maxFields) headers."),
                context)
        default: refuse(Problem(.malformedRequest, "Send HTTP/1.1 as in RFC 9112."), context)
        }
    }

    /// Answers, and reads no more than it takes for the answer to arrive.
    private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
        isRefused = true
        let body = ByteBuffer(string: problem.text())
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: problem.kind.status.code),
            headers: [
                "Content-Type": Problem.mediaType, "Content-Length": String(body.readableBytes),
                "Cache-Control": "no-store", "Connection": "close", "Date": HTTPDate.now(),
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // Closing at once would take the answer back if there is anything that we have not read.
        context.close(mode: .output, promise: nil)
        answerTimer?.cancel()
        answerTimer = context.eventLoop.assumeIsolated().scheduleTask(in: min(patience, .seconds(2))) {
            context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isRefused, let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}
