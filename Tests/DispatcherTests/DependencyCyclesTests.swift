import Spool
import Testing

@testable import Dispatcher

@Suite struct DependencyCyclesTests {
    private func rings(_ waits: [String: [String]]) throws -> [[String]] {
        var graph: [TaskID: [TaskID]] = [:]
        for (id, others) in waits { graph[try #require(TaskID(id))] = others.compactMap { TaskID($0) } }
        return DependencyCycles.find(graph).map { $0.map(\.rawValue) }
    }

    @Test func linesAndForks_areNoRings() throws {
        #expect(try rings([:]) == [])
        #expect(try rings(["b": ["a"], "c": ["b", "a"], "d": ["c", "b"]]) == [])
    }

    @Test func ring_isFound_inItsOrder_withoutThoseThatOnlyWaitForIt() throws {
        #expect(try rings(["a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]]) == [["a", "b", "c"]])
        #expect(try rings(["a": ["a"]]) == [["a"]])
        #expect(try rings(["0": ["a"], "a": ["b", "x"], "b": ["a"]]) == [["a", "b"]])
    }

    @Test func severalRings_areFound() throws {
        #expect(try rings(["a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]]).count == 2)
    }
}
