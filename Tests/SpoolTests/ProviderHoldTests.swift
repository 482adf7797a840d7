import JSON
import Spool
import Testing

@Suite struct ProviderHoldTests {
    private let now = Timestamp(milliseconds: 1_795_427_400_000)

    @Test func severalWhoMeetOneLimit_countOnce_andTheLatestTimeIsKept() throws {
        let temporary = try TemporarySpool()
        let spool = temporary.spool
        func hold(at seconds: Double, wait: Double) throws -> Timestamp {
            try spool.holdProvider("p", unnamed: false, reason: "r", now: now.adding(seconds: seconds)) { count in
                now.adding(seconds: seconds + wait * Double(count))
            }
        }
        #expect(try hold(at: 0, wait: 10) == now.adding(seconds: 10))
        #expect(try hold(at: 1, wait: 5) == now.adding(seconds: 10))
        #expect(try hold(at: 2, wait: 20) == now.adding(seconds: 22))
        #expect(try spool.providerHolds().map(\.count) == [1])
        // Met again, when its time had come.
        #expect(try hold(at: 30, wait: 10) == now.adding(seconds: 50))
        #expect(try spool.providerHolds().map(\.count) == [2])
    }

    @Test func onlyTheProbe_releases() throws {
        let temporary = try TemporarySpool()
        let spool = temporary.spool
        let (probe, other) = (try #require(TaskID("probe")), try #require(TaskID("other")))
        try spool.holdProvider("p", unnamed: true, reason: "r", now: now) { _ in now }
        try spool.setProbe(probe, of: "p")
        #expect(try !spool.releaseProviders(probedBy: other))
        #expect(try spool.providerHolds().count == 1)
        #expect(try spool.releaseProviders(probedBy: probe))
        #expect(try spool.providerHolds().isEmpty)
        #expect(try !spool.releaseProviders(probedBy: probe))
    }

    @Test func hold_isOfItsProvider_andOfThoseWhoNameNone() throws {
        var hold = ProviderHold(provider: "p", holdsUnnamed: false, until: now, since: now, reason: "")
        #expect(hold.holds("p") && !hold.holds("q") && !hold.holds(nil))
        hold.holdsUnnamed = true
        #expect(hold.holds(nil) && !hold.holds("q"))
        #expect(ProviderHold(json: hold.json) == hold)
        #expect(TaskSpec.provider(of: "a/b/c") == "a")
        #expect(TaskSpec.provider(of: "a") == nil)
    }

    @Test(arguments: ["a/b", "..", "", ".", "x\0y", "Ä", String(repeating: "x", count: 300), "a b"])
    func anyName_hasAFileOfItsOwn(name: String) throws {
        let temporary = try TemporarySpool()
        let spool = temporary.spool
        try spool.holdProvider(name, unnamed: false, reason: "r", now: now) { _ in now }
        try spool.holdProvider("a_b", unnamed: false, reason: "r", now: now) { _ in now }
        #expect(Set(try spool.providerHolds().map(\.provider)) == [name, "a_b"])
    }
}
