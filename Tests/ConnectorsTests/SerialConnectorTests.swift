import Connectors
import Synchronization
import Testing

@Suite struct SerialConnectorTests {
    /// Counts how many are in it.
    private final class Counter: Connector {
        let state = Mutex((now: 0, most: 0, order: [String]()))

        func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? {
            state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
                state.order.append(directory)
            }
            for _ in 0..<20 { await Task.yield() }
            state.withLock { $0.now -= 1 }
            if directory == "3" { throw ConnectorError(.failed, "no") }
            return []
        }

        func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? { nil }
        func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) {}
        func move(_ path: String, to target: String) async throws(ConnectorError) {}
        func delete(_ path: String) async throws(ConnectorError) {}
    }

    @Test func oneAtATime_alsoAfterAnError() async {
        let counter = Counter()
        let serial = SerialConnector(counter)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<50 { group.addTask { _ = try? await serial.list("\(number)") } }
        }
        #expect(counter.state.withLock { $0.most } == 1)
        #expect(counter.state.withLock { Set($0.order).count } == 50)
    }
}
