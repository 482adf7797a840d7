import SystemPackage
import Testing

@testable import DaemonConfiguration

@Suite struct ConfigurationStarterTests {
    @Test func starter_changesNothing() throws {
        let sandbox = try ConfigurationSandbox(starterConfiguration)
        let configuration = try sandbox.load()
        #expect(configuration.file == sandbox.file)
        #expect(configuration.report() == (try ConfigurationSandbox.reportWithoutFile(home: sandbox.home)))
        #expect(configuration.warnings.isEmpty)
    }

    @Test func starter_isValid_withEverySettingUncommented() throws {
        let (text, count) = Self.uncommented { _ in true }
        #expect(count >= 20)
        let sandbox = try ConfigurationSandbox(text)
        let configuration = try sandbox.load()
        #expect(configuration.warnings.isEmpty)
        #expect(configuration.report().filter { $0.origin != .standard }.count == count)
    }

    @Test func starter_isValid_withAnySingleSettingUncommented() throws {
        let (_, count) = Self.uncommented { _ in true }
        for wanted in 0..<count {
            let (text, _) = Self.uncommented { $0 == wanted }
            let sandbox = try ConfigurationSandbox(text)
            #expect(sandbox.complaint() == "")
            #expect(try sandbox.load().report().filter { $0.origin != .standard }.count == 1)
        }
    }

    @Test func starter_showsTheDefaults() throws {
        let (text, _) = Self.uncommented { _ in true }
        let sandbox = try ConfigurationSandbox(text)
        let configuration = try sandbox.load()
        let standard = try ConfigurationSandbox().load()
        #expect(configuration.opencode.url == standard.opencode.url)
        #expect(configuration.opencode.username == standard.opencode.username)
        #expect(configuration.opencode.autoStart == standard.opencode.autoStart)
        #expect(configuration.server == standard.server)
        #expect(configuration.harness == standard.harness)
        #expect(configuration.limits == standard.limits)
        #expect(configuration.logLevel == standard.logLevel)
        #expect(configuration.spool.path == sandbox.home.appending(".openloom/spool"))
    }

    /// The starter without the `# ` of the chosen settings, and how many settings there are.
    private static func uncommented(_ isWanted: (Int) -> Bool) -> (text: String, count: Int) {
        var count = 0
        let lines = starterConfiguration.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard let match = line.prefixMatch(of: /(\ +)#\ /) else { return String(line) }
            defer { count += 1 }
            return isWanted(count) ? String(match.1 + line[match.range.upperBound...]) : String(line)
        }
        return (lines.joined(separator: "\n"), count)
    }
}

extension ConfigurationSandbox {
    /// What a home without any file would report.
    fileprivate static func reportWithoutFile(home: FilePath) throws -> [ConfigurationEntry] {
        let empty = try ConfigurationSandbox()
        let flags = ConfigurationFlags(config: try empty.write("empty.yaml", "").string)
        return try Configuration.load(flags: flags, environment: [:], home: home).report()
    }
}
