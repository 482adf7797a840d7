import Testing

@testable import Spool

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.001Z", 1), ("1969-12-31T23:59:59.999Z", -1),
        ("2026-11-23T09:30:00.250Z", 1_795_426_200_250), ("2026-11-23t09:30:00.25z", 1_795_426_200_250),
        ("2026-11-23 09:30:00,2509999Z", 1_795_426_200_250), ("2026-11-23T09:30Z", 1_795_426_200_000),
        ("2026-11-23T11:30:00+02:00", 1_795_426_200_000), ("2026-11-23T11:30:00+0200", 1_795_426_200_000),
        ("2026-11-23T04:00:00-05:30", 1_795_426_200_000), ("2026-11-23", 1_795_392_000_000),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000),
    ])
    func parse_gives(_ text: String, _ milliseconds: Int) {
        #expect(Timestamp(iso8601: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "now", "2026", "2026-11", "2026-1-1", "2026-11-23T", "2026-11-23T09", "2026-11-23T09:30",
        "2026-11-23T09:30:00", "2026-11-23T24:00:00Z", "2026-11-23T09:60:00Z", "2026-11-23T09:30:61Z",
        "2026-11-23T09:30:00.Z", "2026-11-23T09:30:00+2", "2026-11-23T09:30:00+25:00", "2026-11-23T09:30:00+02:60",
        "2026-11-23T09:30:00Zx", "2026-11-23T09:30:00Z ", " 2026-11-23", "2026-13-01", "2026-00-01", "2026-01-00",
        "2026-01-32", "2026-02-29", "2026-02-31", "2100-02-29", "2026-04-31T00:00:00Z", "20261123", "+026-11-23",
        "2026-11-23T-9:30:00Z", "２０２６-11-23", "2026–11–23",
    ])
    func parse_refuses(_ text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test func parse_takesAFractionOfAnyLength() {
        let text = "2026-11-23T09:30:00." + String(repeating: "9", count: 10_000) + "Z"
        #expect(Timestamp(iso8601: text)?.milliseconds == 1_795_426_200_999)
    }

    @Test(arguments: [0, 1, 999, -1, -999, -1000, -1001, 1_795_426_200_250, 253_402_300_799_999, -62_135_596_800_000])
    func print_isReadBack(_ milliseconds: Int) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(Timestamp(iso8601: time.iso8601) == time)
    }

    @Test func print_hasThreeForms() {
        let time = Timestamp(milliseconds: 1_795_426_200_005)
        #expect(time.iso8601 == "2026-11-23T09:30:00.005Z")
        #expect(time.day == "2026-11-23")
        #expect(time.compact == "20261123T093000005")
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan, .greatestFiniteMagnitude, 1e300])
    func adding_neverTraps(_ seconds: Double) {
        let time = Timestamp.now()
        #expect(abs(time.adding(seconds: seconds).milliseconds - time.milliseconds) <= 1_000_000_000_000_000)
    }

    @Test func adding_roundsToMilliseconds() {
        #expect(Timestamp(milliseconds: 1000).adding(seconds: 1.5004).milliseconds == 2500)
        #expect(Timestamp(milliseconds: 1000).adding(seconds: -2).milliseconds == -1000)
    }

    @Test(arguments: [Int.max, .min, 1 << 62, -(1 << 62)])
    func aFilesTime_neverTraps(_ seconds: Int) {
        let time = Timestamp(seconds: seconds, nanoseconds: 999_999_999)
        #expect((time.milliseconds > 0) == (seconds > 0))
        #expect(!time.iso8601.isEmpty)
    }

    @Test func now_isNow() {
        let before = Timestamp.now()
        #expect(before.milliseconds > 1_700_000_000_000)
        #expect(Timestamp.now() >= before)
    }
}
