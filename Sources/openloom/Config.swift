import ArgumentParser
import Console
import Daemon
import DaemonConfiguration
import JSON

struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the settings that are in force, and where each came from.",
        discussion: """
            Options win over OPENLOOM_* variables, those over the file, that over the defaults. Secrets are not shown. \
            What answers at the address of each OpenCode server is asked and shown at the end; the exit code does not \
            depend on it.

            EXAMPLES
              openloom config
              openloom config --config ./openloom.yaml    check a file before it is used
              OPENLOOM_HARNESS_MAX_RUNNING=8 openloom config
              openloom config --no-probe                  without asking the servers

            EXIT CODES
              0   the configuration is sound
              1   it is not; standard error names every problem, with file and line
              64  the command line is wrong
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(inversion: .prefixedNo, help: "Ask what answers where OpenCode should be.")
    var probe = true

    func run() async throws {
        let configuration = try options.loadConfiguration()
        let terminal = options.terminal
        let servers = probe ? await ServerFinding.all(of: configuration) : []
        if json {
            var object = configuration.json.object ?? [:]
            if probe { object["servers"] = .array(servers.map(\.json)) }
            terminal.write(JSONValue.object(object).pretty)
            return
        }
        let rows = configuration.report().map {
            SettingRow(
                key: $0.key, value: $0.value, origin: $0.origin.description, isDefault: $0.origin == .standard,
                note: $0.note)
        }
        terminal.print(
            SettingsPage.lines(rows, warnings: configuration.warnings, options.context(terminal)))
        if !servers.isEmpty { terminal.print([""]) }
        terminal.print(
            servers.map { StyledText($0.isUsable ? "found: \($0.message)" : $0.message, $0.isUsable ? [] : .yellow) })
    }
}
