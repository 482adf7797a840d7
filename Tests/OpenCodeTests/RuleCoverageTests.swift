import FoundationEssentials
import SystemPackage
import Testing

/// Every rule of the driver is held by a test that bears its number, on every wire that it is about.
///
/// A test says so with its name: `rule16_wire1_…` is about one wire, `rule16_…` about both. Those of the end-to-end
/// suite, which is run over each wire, may also say it in words: `@Test("rule 9: …")`.
@Suite struct RuleCoverageTests {
    /// Rules that only one wire has a use for.
    private static let onlyWire = [2: 1, 3: 2, 11: 2, 12: 1, 15: 1, 19: 1]

    private static let folders = ["OpenCodeTests", "DispatcherTests", "OpenCodeHostTests", "EndToEndTests"]

    private struct Claim: Hashable {
        var rule: Int
        var wire: Int
    }

    private func claims() throws -> Set<Claim> {
        let tests = FilePath(#filePath).removingLastComponent().removingLastComponent()
        var claims: Set<Claim> = []
        func claim(_ rule: Substring, _ wire: Substring?) {
            guard let rule = Int(rule) else { return }
            for wire in wire.flatMap({ Int($0) }).map({ [$0] }) ?? [1, 2] {
                claims.insert(Claim(rule: rule, wire: wire))
            }
        }
        for folder in Self.folders {
            let path = tests.appending(folder).string
            let files = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".swift") }
            #expect(!files.isEmpty)
            for file in files {
                let text = String(
                    decoding: try #require(FileManager.default.contents(atPath: "\(path)/\(file)")), as: UTF8.self)
                for match in text.matches(of: /func rule([0-9]+)(?:_wire([12]))?_/) { claim(match.1, match.2) }
                // What stands before the colon of a test's title: "fault 10, rule 8: …".
                for title in text.matches(of: /@Test\(\s*"([^":]*):/) {
                    for match in title.1.matches(of: /rule ([0-9]+)/) { claim(match.1, nil) }
                }
            }
        }
        return claims
    }

    @Test func everyRule_hasATest_onEveryWireThatItIsAbout() throws {
        let claims = try claims()
        for rule in 1...31 {
            for wire in [1, 2] where Self.onlyWire[rule] ?? wire == wire {
                #expect(
                    claims.contains(Claim(rule: rule, wire: wire)), "no test is named for rule \(rule) on wire \(wire)")
            }
        }
        #expect(claims.allSatisfy { (1...31).contains($0.rule) })
    }
}
