import OpenCode
import Testing

@Suite struct VersionNumberTests {
    @Test(arguments: [
        ("1.18.15", true), ("1.18.14", false), ("1.17.4", false), ("1.18.31", true), ("1.19.0", true), ("dev", false),
        ("1.18.15-beta", false), ("v1.18.16", true), ("1.18", false), ("0.0.0-beta-1", false), ("", false),
    ])
    func ownPromptIDs_areUsedOnlyWhereTheyAreSafe(version: String, isSafe: Bool) {
        #expect(ServerIdentity(wire: 1, version: version).keepsPromptIDs == isSafe)
    }
}
