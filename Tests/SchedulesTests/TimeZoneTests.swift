import Foundation
import Schedules
import SystemPackage
import Testing

@Suite struct TimeZoneTests {
    /// What clocks show on the days on which they are changed, and what `cron` makes of it.
    @Test(arguments: [
        // 2 o'clock becomes 3: what is skipped comes when it is skipped, once.
        ("Europe/Berlin", "30 2 * * *", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
        ("Europe/Berlin", "*/20 2 * * *", "2026-03-29T00:30:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]),
        ("Europe/Berlin", "0,30 2-3 29 3 *", "2026-03-29T00:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]),
        // 3 becomes 2: what is shown twice comes once, at first.
        ("Europe/Berlin", "30 2 * * *", "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
        ("Europe/Berlin", "0 3 * * *", "2026-10-24T12:00:00Z", ["2026-10-25T02:00:00Z", "2026-10-26T02:00:00Z"]),
        ("Europe/Berlin", "30 2 * * *", "2026-10-25T00:45:00Z", ["2026-10-26T01:30:00Z"]),
        ("America/New_York", "30 2 * * *", "2026-03-07T12:00:00Z", ["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"]),
        ("America/New_York", "30 1 * * *", "2026-10-31T12:00:00Z", ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]),
        // Half an hour: 2:00 becomes 2:30, and 2:00 becomes 1:30.
        (
            "Australia/Lord_Howe", "15 2 * * *", "2026-10-03T12:00:00Z",
            ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]
        ),
        (
            "Australia/Lord_Howe", "45 1 * * *", "2026-04-04T12:00:00Z",
            ["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"]
        ),
        ("Asia/Kolkata", "0 6 * * *", "2026-03-28T12:00:00Z", ["2026-03-29T00:30:00Z", "2026-03-30T00:30:00Z"]),
        // By the rule that counts when the table of the file has ended.
        ("Europe/Berlin", "30 2 * * *", "2061-03-26T12:00:00Z", ["2061-03-27T01:00:00Z", "2061-03-28T00:30:00Z"]),
        // A whole day that was skipped.
        ("Pacific/Apia", "0 12 30 12 *", "2011-12-29T00:00:00Z", ["2011-12-30T10:00:00Z", "2012-12-29T22:00:00Z"]),
    ])
    func daysOfChange_haveEachTimeOnce(
        name: String, expression: String, start: String, expected: [String]
    ) throws {
        let (cron, zone) = (try CronExpression(expression), try zone(name))
        var time = try moment(start)
        for wanted in expected {
            let next = try #require(cron.next(after: time, in: zone))
            #expect(shown(next) == wanted)
            time = next
        }
    }

    /// Foundation has tables and code of its own.
    @Test(arguments: [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
        "America/Sao_Paulo", "Pacific/Apia", "Europe/London",
    ])
    func offsets_areThoseThatOthersKnow(name: String) throws {
        let (rules, other) = (try zone(name), try #require(TimeZone(identifier: name)))
        var generator = SeededGenerator(state: 3)
        for _ in 0..<4000 {
            let time = Int.random(in: 0..<2_145_916_800, using: &generator)
            #expect(
                rules.offset(at: time) == other.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(time))))
        }
    }

    @Test(arguments: [
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-07-01T00:00:00Z", 7200),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-12-01T00:00:00Z", 3600), ("EST5EDT", "2026-07-01T00:00:00Z", -14_400),
        ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-07-01T00:00:00Z", 37_800),
        ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-12-01T00:00:00Z", 39_600),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-28T23:00:00Z", -7200),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600), ("UTC0", "2026-07-01T00:00:00Z", 0),
        ("AAA0BBB,J60/0,J300/0", "2028-02-29T12:00:00Z", 0), ("AAA0BBB,J60/0,J300/0", "2028-03-01T12:00:00Z", 3600),
        ("AAA0BBB,59/0,J300/0", "2028-02-29T12:00:00Z", 3600),
    ])
    func rules_ofPOSIX_areRead(rule: String, time: String, offset: Int) throws {
        #expect(try #require(TimeZoneRules(rule: rule)).offset(at: try moment(time)) == offset)
    }

    @Test(arguments: [
        "", "C", "CET", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "<CET-1",
        "CET-1CEST,M3.5.0,M10.5.0,x", "CET-1CEST,J0,J1", "CET-999", "Europe/Berlin", "CET-1CEST,M3.5.0/,M10.5.0",
    ])
    func whatIsNoRule_isRefused(rule: String) {
        #expect(TimeZoneRules(rule: rule) == nil)
    }

    @Test(arguments: [
        "", "../../etc/passwd", "/etc/passwd", "Europe/../UTC", "a/b/c/d/e", "Europe/Berlin\n", "Europe/",
    ])
    func nameThatLeadsElsewhere_isRefused(name: String) {
        let error = #expect(throws: CronError.self) { try zone(name) }
        #expect(error?.description.contains("is no time zone") == true)
    }

    @Test func unknownName_saysWhereTheKnownOnesAre() {
        let error = #expect(throws: CronError.self) { try zone("Europe/Berlinn") }
        #expect(error?.description.contains("ls /usr/share/zoneinfo") == true)
        let none = #expect(throws: CronError.self) { try TimeZoneCatalogue(directory: "/nowhere").rules(named: "CET") }
        #expect(none?.description.contains("tzdata") == true)
        #expect(throws: CronError.self) { try zone("tzdata.zi") }
        #expect(throws: CronError.self) { try zone("Europe") }
    }

    @Test func here_isWhatTZSays_thenWhatTheMachineSays_thenUTC() throws {
        #expect(TimeZoneCatalogue(variable: ":Europe/Berlin").here().name == "Europe/Berlin")
        #expect(TimeZoneCatalogue(variable: "EST5EDT").here().rules.offset(at: 0) == -18_000)
        #expect(TimeZoneCatalogue(local: "/nowhere", variable: "nonsense").here().name == "UTC")
        #expect(TimeZoneCatalogue(local: "/usr/share/zoneinfo/Asia/Tokyo").here().rules.offset(at: 0) == 32_400)
    }

    /// Files are looked at with suspicion: every beginning of one, and one with any byte changed, is read or refused.
    @Test func damagedFiles_areReadOrRefused_neverTrusted() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Europe/Berlin")))
        #expect(TimeZoneRules(file: bytes) != nil)
        for length in 0..<bytes.count where length < 200 || length % 7 == 0 {
            _ = TimeZoneRules(file: Array(bytes[..<length]))
        }
        var generator = SeededGenerator(state: 5)
        for _ in 0..<2000 {
            var copy = bytes
            copy[Int.random(in: 0..<copy.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            guard let rules = TimeZoneRules(file: copy) else { continue }
            _ = rules.offset(at: Int.random(in: 0..<4_000_000_000, using: &generator))
        }
    }
}
