/// A response whose head has arrived and whose body is read as it comes.
///
/// One reader, one pass. The sequence ends when the body was complete, and throws if the connection broke before; what
/// arrived until then is delivered first. Elements are not empty, and their borders mean nothing. When 4 MiB are unread,
/// the client stops reading from the server until the reader has caught up.
///
/// The transfer ends, and its connection is closed, when the iterator or an unread stream is let go of, and when the
/// reading task is cancelled, which throws ``CurlError/Code/cancelled``. A stream keeps its client alive.
package struct CurlStream: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = CurlError

    package let status: Int
    package let headers: CurlHeaders
    private let subscription: Subscription

    init(_ head: CurlHead, subscription: Subscription) {
        status = head.status
        headers = head.headers
        self.subscription = subscription
    }

    /// The media type in lower case, without parameters; nil if the server named none.
    package var contentType: String? { headers.mediaType }

    package func makeAsyncIterator() -> Iterator { Iterator(subscription: subscription) }

    package struct Iterator: AsyncIteratorProtocol {
        private let lease: Lease

        fileprivate init(subscription: Subscription) { lease = Lease(subscription) }

        package mutating func next() async throws(CurlError) -> [UInt8]? {
            try await next(isolation: nil)
        }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws(CurlError) -> [UInt8]? {
            let subscription = lease.subscription
            let result = await withTaskCancellationHandler {
                await subscription.next()
            } onCancel: {
                subscription.cancel()
            }
            return try result.get()
        }
    }

    /// Ends the transfer when the iterator goes, while the stream itself may still be in scope.
    private final class Lease: Sendable {
        let subscription: Subscription

        init(_ subscription: Subscription) { self.subscription = subscription }

        deinit { subscription.cancel() }
    }

    /// A transfer that somebody still wants.
    final class Subscription: Sendable {
        private let transfer: CurlTransfer
        private let buffer: CurlStreamBuffer
        private let engine: CurlEngine
        // Not used, only kept: the client ends the engine when it goes.
        private let client: CurlClient

        init(transfer: CurlTransfer, buffer: CurlStreamBuffer, engine: CurlEngine, client: CurlClient) {
            self.transfer = transfer
            self.buffer = buffer
            self.engine = engine
            self.client = client
        }

        deinit { cancel() }

        func next() async -> Result<[UInt8]?, CurlError> {
            await buffer.next { engine.resume(transfer) }
        }

        func cancel() {
            if !buffer.isFinished { engine.cancel(transfer) }
        }
    }
}
