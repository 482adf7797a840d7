import Curl
import FoundationEssentials
import OpenCode
import SystemPackage
import TestSupport
import Testing

/// Rule 3: where a password is from, and to whom it is sent.
@Suite struct ServerAccessTests {
    private let directory = try? TemporaryDirectory()

    private func access(_ url: String = "http://127.0.0.1:4096", given: Bool = true) throws -> ServerAccess {
        var access = ServerAccess(url: url)
        access.isURLGiven = given
        let root = try #require(directory).path
        access.stateDirectory = root
        access.configurationDirectory = root.appending("configuration")
        return access
    }

    private func register(
        _ url: String, pid: Int = Int(ProcessNumber.own), password: String = "p", name: String = "service.json",
        mode: CModeT = 0o600
    ) throws {
        try PrivateText.write(
            #"{"id":"x","version":"2.0.27","url":"\#(url)","pid":\#(pid),"password":"\#(password)"}"#,
            to: try #require(directory).path.appending(name), mode: mode)
    }

    @Test func passwordThatWasGiven_goesBeforeARegistration() throws {
        try register("http://127.0.0.1:4096", password: "registered")
        var access = try access()
        access.password = ("given", "password from OPENLOOM_OPENCODE_PASSWORD")
        let (candidates, _) = access.candidates()
        #expect(candidates.map(\.credentials?.password) == ["given"])
        #expect(candidates.first?.authentication == "password from OPENLOOM_OPENCODE_PASSWORD")
    }

    @Test func registrationOfTheAddress_givesPasswordAndProcess() throws {
        try register("http://localhost:4096/")
        let (candidates, notes) = try access().candidates()
        #expect(candidates.map(\.credentials?.password) == ["p"])
        #expect(candidates.first?.pid == Int(ProcessNumber.own))
        #expect(notes.isEmpty)
    }

    @Test func registrationElsewhere_isTriedOnlyWhereNobodyNamedAnAddress() throws {
        try register("http://127.0.0.1:49374")
        #expect(try access().candidates().candidates.map(\.url) == ["http://127.0.0.1:4096"])
        #expect(
            try access(given: false).candidates().candidates.map(\.url)
                == ["http://127.0.0.1:4096", "http://127.0.0.1:49374"])
    }

    @Test func registrationOfAnotherChannel_isFound_afterTheMainOne() throws {
        try register("http://127.0.0.1:5001", name: "service-beta.json")
        try register("http://127.0.0.1:5000")
        #expect(
            try access(given: false).candidates().candidates.dropFirst().map(\.url)
                == ["http://127.0.0.1:5000", "http://127.0.0.1:5001"])
    }

    @Test func registrationThatOthersCanRead_isNotUsed_andSaysHowToMendIt() throws {
        try register("http://127.0.0.1:4096", mode: 0o644)
        let (candidates, notes) = try access().candidates()
        #expect(candidates.map(\.authentication) == ["no password"])
        #expect(notes.contains { $0.contains("chmod 600") })
    }

    @Test func registrationOfAProcessThatIsGone_isNotUsed() throws {
        try register("http://127.0.0.1:4096", pid: Int(Int32.max) - 7)
        let (candidates, notes) = try access().candidates()
        #expect(candidates.first?.credentials == nil)
        #expect(notes.contains { $0.contains("gone") })
    }

    @Test(arguments: ["http://evil.example:4096", "ftp://127.0.0.1:4096", "http://u:p@127.0.0.1:4096", ""])
    func registrationThatLeadsElsewhere_isNotUsed(_ url: String) throws {
        try register(url)
        let (candidates, notes) = try access(given: false).candidates()
        #expect(candidates.map(\.url) == ["http://127.0.0.1:4096"])
        #expect(notes.count == 1)
    }

    @Test func registrationThatIsNoJSON_isNotUsed() throws {
        try PrivateText.write("{", to: try #require(directory).path.appending("service.json"))
        let (candidates, notes) = try access().candidates()
        #expect(candidates.count == 1)
        #expect(notes.contains { $0.contains("no registration") })
    }

    @Test func passwordOfTheSettings_isForTheirPort() throws {
        let root = try #require(directory).path.appending("configuration")
        try FileManager.default.createDirectory(atPath: root.string, withIntermediateDirectories: true)
        try PrivateText.write(#"{"port":4096,"password":"s"}"#, to: root.appending("service.json"))
        let passwords = try access().candidates().candidates.map(\.credentials?.password)
        #expect(passwords == ["s"])
        #expect(try access("http://127.0.0.1:4097").candidates().candidates.map(\.authentication) == ["no password"])
    }

    @Test func opencodesOwnVariable_isUsedOnThisMachineOnly() throws {
        var here = try access()
        here.environmentPassword = ("e", "OPENCODE_PASSWORD")
        #expect(here.candidates().candidates.first?.authentication == "password from OPENCODE_PASSWORD")
        var elsewhere = try access("http://agent.example:4096")
        elsewhere.environmentPassword = ("e", "OPENCODE_PASSWORD")
        #expect(elsewhere.candidates().candidates.first?.credentials == nil)
    }
}
