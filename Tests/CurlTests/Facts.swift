/// What a server's threads report, for a test to wait for.
struct Facts<Fact: Sendable>: Sendable {
    private let stream: AsyncStream<Fact>
    private let continuation: AsyncStream<Fact>.Continuation

    init(of type: Fact.Type = Fact.self) { (stream, continuation) = AsyncStream.makeStream() }

    func report(_ fact: Fact) { continuation.yield(fact) }

    /// The next fact that nobody has waited for yet.
    func next() async throws -> Fact {
        var iterator = stream.makeAsyncIterator()
        guard let fact = await iterator.next() else { throw CancellationError() }
        return fact
    }
}
