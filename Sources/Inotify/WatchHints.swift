/// The hints of a ``DirectoryWatcher``, for one consumer. Ends when the watcher is closed or gone, and when the
/// consuming task is cancelled; a new iteration may follow a cancelled one and misses nothing.
///
/// Hints that come while the consumer is busy become one. A second consumer takes the first one's place: the call of
/// `next()` that waited returns nil.
package struct WatchHints: AsyncSequence, Sendable {
    package typealias Element = WatchHint
    package typealias Failure = Never

    let box: HintBox

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(box: box) }

    package struct AsyncIterator: AsyncIteratorProtocol, Sendable {
        let box: HintBox

        package mutating func next() async -> WatchHint? { await box.next() }

        package mutating func next(isolation actor: isolated (any Actor)?) async -> WatchHint? { await box.next() }
    }
}
