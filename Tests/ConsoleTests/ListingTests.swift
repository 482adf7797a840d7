import Console
import Spool
import Testing

/// What lists start from.
@Suite struct ListingTests {
    /// One that is put back goes against the order in which the states are looked at.
    @Test func listAll_missesNoTask_thatIsPutBackMeanwhile() async throws {
        let temporary = try TemporarySpool()
        let spool = temporary.spool
        let ids = try (0..<100).map { try temporary.submit("task \($0)") }
        for id in ids { try temporary.run(id) }
        let mover = Task.detached {
            for id in ids { try spool.requeue(id, notBefore: .now(), reason: "again") }
        }
        var isLast = false
        while !isLast {
            isLast = try spool.list(.running).isEmpty
            #expect(Set(try spool.listAll().keys) == Set(ids))
            await Task.yield()
        }
        try await mover.value
    }
}
