import ArgumentParser
import Console
import DaemonConfiguration
import JSON

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the settings that are in force, and where each came from.",
        discussion: """
            Options win over OPENLOOM_* variables, those over the file, that over the defaults. Secrets are not shown.

            EXAMPLES
              openloom config
              openloom config --config ./openloom.yaml    check a file before it is used
              OPENLOOM_HARNESS_MAX_RUNNING=8 openloom config

            EXIT CODES
              0   the configuration is sound
              1   it is not; standard error names every problem, with file and line
              64  the command line is wrong
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let configuration = try options.loadConfiguration()
        let terminal = options.terminal
        if json {
            terminal.write(configuration.json.pretty)
            return
        }
        let rows = configuration.report().map {
            SettingRow(
                key: $0.key, value: $0.value, origin: $0.origin.description, isDefault: $0.origin == .standard,
                note: $0.note)
        }
        terminal.print(
            SettingsPage.lines(rows, warnings: configuration.warnings, options.context(terminal)))
    }
}
