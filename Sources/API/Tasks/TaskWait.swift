import Blocking
import HTTPTypes
import Hummingbird
import HummingbirdCore
import ServiceLifecycle
import Spool

/// Somebody who waits for a task to end.
struct TaskWait: Sendable {
    let spool: SpoolDirectory
    let observer: TaskObserver
    let id: TaskID

    /// In seconds.
    static let longest = 600

    /// What `wait` of a query says; nil without.
    static func limit(_ uri: URI) throws(Problem) -> Duration? {
        guard let text = uri.queryParameters.first(where: { $0.key == "wait" })?.value else { return nil }
        guard let seconds = Int(text), (1...longest).contains(seconds) else {
            let fault = "\"\(text.prefix(80))\" should be a number of seconds from 1 to \(longest)"
            throw Problem.invalidQuery("wait", fault)
        }
        return .seconds(seconds)
    }

    /// Returns when the task has ended, and else when the time is up, the client is gone, or the daemon ends.
    ///
    /// - Returns: Whether there was something to wait for; then the request's body, and what follows it, was read.
    /// - Throws: ``SpoolError/Code/taskNotFound``, also when the task is deleted meanwhile.
    func run(_ limit: Duration, _ request: Request, _ context: APIRequestContext) async throws -> Bool {
        if try await hasEnded() { return false }
        let (wakeUps, feed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        context.body.state = .read
        try await withGracefulShutdownHandler {
            try await request.body.consumeWithInboundCloseHandler { _ in
                try await wait(wakeUps, feed, limit)
            } onInboundClosed: {
                feed.finish()
            }
        } onGracefulShutdown: {
            feed.finish()
        }
        return true
    }

    private func wait(_ wakeUps: AsyncStream<Void>, _ feed: AsyncStream<Void>.Continuation, _ limit: Duration)
        async throws
    {
        // First subscribe, then look: what happens in between wakes us once more.
        let (events, _) = await observer.subscribe()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [id] in
                for await event in events where event.id == id { feed.yield() }
                feed.finish()
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                feed.finish()
            }
            defer { group.cancelAll() }
            if try await hasEnded() { return }
            for await _ in wakeUps {
                if try await hasEnded() { return }
            }
        }
    }

    private func hasEnded() async throws(SpoolError) -> Bool {
        try await BlockingPool.run { [spool, id] () throws(SpoolError) in try spool.locate(id).1.isEnded }
    }
}
