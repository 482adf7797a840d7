import Console
import JSON
import Testing

@Suite struct CheckLinesTests {
    @Test func checks_haveALineEach_andAnotherForWhatWasFound() {
        let checks: [JSONValue] = [
            [
                "name": "tests", "outcome": "passed", "expected": "`make` succeeds", "found": "exit status 0",
                "duration_ms": 812,
            ],
            ["name": "a.txt exists", "outcome": "failed", "found": "a.txt is\n not there", "duration_ms": 1],
            ["name": "x\u{1B}[2J", "outcome": "error", "found": "no such program", "duration_ms": 65_000],
        ]
        let lines = CheckLines.lines(checks.map(CheckLines.Check.init(json:))).map { $0.rendered(colors: false) }
        #expect(
            lines == [
                "  ✓ tests  812ms", "  ✗ a.txt exists  1ms", "    a.txt is not there", "  ! x\\e[2J  1m 05s",
                "    no such program",
            ])
    }
}
