import SystemPackage
import Testing

@testable import OpenCodeHost

@Suite struct ServerEnvironmentTests {
    private func make(_ environment: [String: String]) throws(ServerHostError) -> [String] {
        try ServerEnvironment.make(from: environment, home: "/home/u", id: "ID", password: "PW")
    }

    @Test func rule7_make_overridesWhatTheUserHasThere() throws {
        let lines = try make([
            "OPENCODE_PASSWORD": "old", "OPENCODE_SERVER_USERNAME": "old", "OPENCODE_DISABLE_AUTOUPDATE": "0",
            "OPENCODE_AUTO_SHARE": "1", "OPENLOOM_SERVER": "old", "OPENLOOM_TOKEN": "t", "PWD": "/old",
            "HOME": "/other",
        ])
        #expect(
            lines == [
                "HOME=/other", "OPENCODE_CONFIG_CONTENT={\"share\":\"disabled\",\"autoupdate\":false}",
                "OPENCODE_DISABLE_AUTOUPDATE=1", "OPENCODE_PASSWORD=PW", "OPENCODE_SERVER_PASSWORD=PW",
                "OPENCODE_SERVER_USERNAME=opencode", "OPENLOOM_SERVER=ID", "PWD=/home/u",
            ])
    }

    @Test(arguments: ["[]", "{", "{} // comment"])
    func make_refusesAnInlineConfiguration_thatItCannotReadInFull(text: String) throws {
        let error = #expect(throws: ServerHostError.self) { try make(["OPENCODE_CONFIG_CONTENT": text]) }
        #expect(try #require(error).description.contains("OPENCODE_CONFIG_CONTENT"))
    }

    @Test func make_leavesOutWhatNoEnvironmentCanHold() throws {
        let lines = try make(["": "x", "A=B": "x", "C": "a\0b", "D": "fine"])
        #expect(lines.filter { $0.contains("x") || $0.hasPrefix("C=") }.isEmpty)
        #expect(lines.contains("D=fine"))
    }
}
