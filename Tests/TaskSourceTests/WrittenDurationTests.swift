import TaskSource
import Testing

@Suite struct WrittenDurationTests {
    @Test(arguments: [
        ("90s", 90_000), ("15m", 900_000), ("1h30m", 5_400_000), ("2d", 172_800_000), ("1w", 604_800_000),
        ("45", 45_000),
        ("1w2d3h4m5s", 788_645_000), ("0h5m", 300_000),
    ])
    func lengths_areRead(text: String, milliseconds: Int) {
        #expect(WrittenDuration.milliseconds(text) == milliseconds)
    }

    @Test(arguments: [
        "", "0", "0s", "-5s", "+5s", "m", "5m5m", "5m1h", "1.5h", "1 h", "1H", "٣s", "99999999999999999999s", "200000d",
        "9223372036854775807w", "5m ", "5x",
    ])
    func everythingElse_isRefused(text: String) {
        #expect(WrittenDuration.milliseconds(text) == nil)
    }
}
