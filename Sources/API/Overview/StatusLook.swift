import Synchronization

/// When a stream looks at the status again, besides with each heartbeat: a while after an event, and while webhooks are on
/// their way, ever less often as long as nothing changes.
final class StatusLook: Sendable {
    private struct State {
        var isDue = false
        var pause = StatusLook.shortest
    }

    private let feed: EventStream.Feed
    private let state = Mutex(State())

    private static let shortest = Duration.seconds(1)
    /// From then on the heartbeats suffice.
    private static let longest = Duration.seconds(8)

    init(_ feed: EventStream.Feed) { self.feed = feed }

    /// Once for all that happens in that while.
    func soon() {
        state.withLock { $0.pause = Self.shortest }
        look()
    }

    func later(hasChanged: Bool) {
        let isWorth = state.withLock { state in
            state.pause = hasChanged ? Self.shortest : state.pause * 2
            return state.pause <= Self.longest
        }
        if isWorth { look() }
    }

    private func look() {
        let pause: Duration? = state.withLock { state in
            guard !state.isDue else { return nil }
            state.isDue = true
            return state.pause
        }
        guard let pause else { return }
        Task {
            try? await Task.sleep(for: pause)
            state.withLock { $0.isDue = false }
            feed.yield(.status)
        }
    }
}
