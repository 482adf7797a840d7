/// What a server's threads report, for a test to wait for.
package struct Facts<Fact: Sendable>: Sendable {
    private let stream: AsyncStream<Fact>
    private let continuation: AsyncStream<Fact>.Continuation

    package init(of type: Fact.Type = Fact.self) { (stream, continuation) = AsyncStream.makeStream() }

    package func report(_ fact: Fact) { continuation.yield(fact) }

    /// The next fact that nobody has waited for yet.
    package func next() async throws -> Fact {
        var iterator = stream.makeAsyncIterator()
        guard let fact = await iterator.next() else { throw CancellationError() }
        return fact
    }
}
