import FoundationEssentials
import Glibc
import Logging
import SystemPackage
import Testing

@testable import DaemonConfiguration

@Suite(.timeLimit(.minutes(3))) struct ConfigurationFileTests {
    /// Fault 23 of the Python program: running it inside a hostile checkout ran that checkout.
    @Test(arguments: ["openloom.yaml", "openloom.yml", "config.yaml", ".openloom/config.yaml"])
    func workingDirectory_isNeverSearched(name: String) throws {
        let sandbox = try ConfigurationSandbox()
        let hostile = try sandbox.write("work/\(name)", "opencode_url: http://attacker.example:4096\nnonsense: 1\n")
        let configuration = try sandbox.load()
        #expect(configuration.file == nil)
        #expect(configuration.opencode.url == "http://127.0.0.1:4096")
        // It is a file that would be noticed, if it were named.
        #expect(throws: ConfigurationError.self) { try sandbox.load(.init(config: hostile.string)) }
    }

    @Test func namedFile_replacesTheDefaultOne() throws {
        let sandbox = try ConfigurationSandbox("server:\n  port: 1\nlog:\n  level: debug\n")
        let other = try sandbox.write("work/mine.yaml", "server:\n  port: 2\n")
        for configuration in [
            try sandbox.load(.init(config: "mine.yaml")),
            try sandbox.load(.init(config: "~/work/mine.yaml")),
            try sandbox.load(.init(), ["OPENLOOM_CONFIG": other.string]),
        ] {
            #expect(configuration.file == other)
            #expect(configuration.server.port == 2)
            #expect(configuration.logLevel == .info)
        }
    }

    @Test func flagConfig_winsOverTheVariable() throws {
        let sandbox = try ConfigurationSandbox()
        try sandbox.write("a.yaml", "server: {port: 1}")
        let configuration = try sandbox.load(.init(config: "~/a.yaml"), ["OPENLOOM_CONFIG": "/nowhere.yaml"])
        #expect(configuration.server.port == 1)
    }

    @Test func namedFile_mustBeThere() throws {
        let sandbox = try ConfigurationSandbox()
        let advice = "openloom init writes one to ~/.openloom/config.yaml"
        #expect(
            sandbox.complaint(.init(config: "/nowhere/x.yaml")) == """
                the configuration has a problem:
                  --config: there is no file /nowhere/x.yaml; \(advice)
                """)
        #expect(
            sandbox.complaints(["OPENLOOM_CONFIG": "x.yaml"]) == [
                "OPENLOOM_CONFIG: there is no file HOME/work/x.yaml; \(advice)"
            ])
    }

    @Test func yml_isReadToo_butNotBesideYaml() throws {
        let sandbox = try ConfigurationSandbox()
        try sandbox.write(".openloom/config.yml", "server: {port: 2}")
        #expect(try sandbox.load().server.port == 2)
        try sandbox.write(".openloom/config.yaml", "server: {port: 1}")
        let configuration = try sandbox.load()
        #expect(configuration.server.port == 1)
        #expect(
            configuration.warnings.map { $0.replacing(sandbox.home.string, with: "HOME") } == [
                "HOME/.openloom/config.yml is not read, because HOME/.openloom/config.yaml is there; "
                    + "remove one of them"
            ])
    }

    @Test func pipe_isRefusedWithoutWaiting() throws {
        let sandbox = try ConfigurationSandbox()
        let pipe = sandbox.home.appending("pipe")
        try #require(mkfifo(pipe.string, 0o600) == 0)
        #expect(
            sandbox.complaint(.init(config: pipe.string)) == """
                the configuration has a problem:
                  HOME/pipe: is not a regular file
                """)
    }

    @Test func directory_isRefused() throws {
        let sandbox = try ConfigurationSandbox()
        try sandbox.write(".openloom/config.yaml/x", "")
        #expect(
            sandbox.complaint() == """
                the configuration has a problem:
                  HOME/.openloom/config.yaml: is not a regular file
                """)
    }

    @Test func hugeFile_isRefused() throws {
        let sandbox = try ConfigurationSandbox(String(repeating: "#\n", count: 600_000))
        #expect(
            sandbox.complaint() == """
                the configuration has a problem:
                  HOME/.openloom/config.yaml: has more than 1048576 bytes
                """)
    }

    @Test func brokenYAML_isAnErrorWithItsPlace_andVariablesAreStillChecked() throws {
        let sandbox = try ConfigurationSandbox("server:\n  port: 1\n  port: 2\n")
        #expect(
            sandbox.complaints(["OPENLOOM_UI_PORT": "x"]) == [
                "3: column 3: the key \"port\" is there twice, first in line 2; keep one of them",
                "OPENLOOM_UI_PORT: should be a whole number from 0 to 65535, but is \"x\"",
            ])
    }

    @Test(arguments: [("- a\n", "a list"), ("hello\n", "\"hello\"")])
    func fileThatIsNoMapping_isAnError(yaml: String, kind: String) throws {
        let sandbox = try ConfigurationSandbox(yaml)
        #expect(
            sandbox.complaints() == [
                "1: should hold keys with values, like \"opencode_url: http://127.0.0.1:4096\", but is \(kind)"
            ])
    }

    @Test(arguments: ["", "# nothing\n", "---\n"])
    func emptyFile_isFine(yaml: String) throws {
        #expect(try ConfigurationSandbox(yaml).load().server.port == 8967)
    }

    @Test func manyProblems_areCounted_notAllShown() throws {
        let lines = (0..<3000).map { "nonsense_key_\($0): {a: b}" }
        let sandbox = try ConfigurationSandbox(lines.joined(separator: "\n"))
        let error = #expect(throws: ConfigurationError.self) { try sandbox.load() }
        #expect(error?.problems.count == 50)
        #expect(error?.omitted == 2950)
        #expect(error?.description.hasPrefix("the configuration has 3000 problems:\n") == true)
        #expect(error?.description.hasSuffix("\n  and 2950 more") == true)
    }

    @Test func damagedFile_isAnError_neverACrash() throws {
        var text = Array(starterConfiguration.replacing("# ", with: "").utf8)
        text += Array(
            "\nnotify: {webhook: [{url: \"http://a\", headers: {a: b}}]}\nstorage: {kwargs: {root: /}}\n".utf8)
        var state: UInt64 = 20_260_101
        func random(below limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let sandbox = try ConfigurationSandbox()
        var accepted = 0
        for _ in 0..<300 {
            var damaged = text
            for _ in 0..<(1 + random(below: 3)) {
                damaged[random(below: damaged.count)] =
                    Array(":{}[]&*!|>'\"%@`,#-? \n\t\0~0.9\u{7F}".utf8)[random(below: 27)]
            }
            let path = sandbox.home.appending("damaged.yaml").string
            try Data(damaged).write(to: URL(filePath: path))
            if (try? sandbox.load(.init(config: path))) != nil { accepted += 1 }
        }
        #expect(accepted < 300)
    }
}
