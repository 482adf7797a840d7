import ArgumentParser
import Console
import JSON
import Report
import Spool

struct WebhooksList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the endpoints, and how many deliveries each has.",
        discussion: """
            EXAMPLES
              openloom webhooks ls
              openloom webhooks ls --json | jq -r '.endpoints[] | select(.failed > 0) | .name'

            \(WebhookHelp.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let spool = try options.openSpool()
        let all = try spool.endpoints().map { try spool.endpointStatus($0) }
        let terminal = options.terminal
        if json { return terminal.write(JSONValue.object(["endpoints": .array(all.map(\.json))]).pretty) }
        guard !all.isEmpty else {
            return terminal.print([StyledText("no endpoints: configure one under notify.webhook", .dim)])
        }
        let width = min(40, (all.map { $0.name.rawValue.count }.max() ?? 0) + 2)
        func line(_ words: [String], _ style: Style = []) -> StyledText {
            StyledText(words[0], style).fitted(to: max(width, 10))
                + words[1...3].reduce(StyledText("")) { $0 + StyledText($1, style).fitted(to: 9) }
                + StyledText(words[4], style)
        }
        terminal.print(
            [line(["ENDPOINT", "TO SEND", "FAILED", "DONE", "WHERE"], .dim)]
                + all.map { status in
                    line([
                        status.name.rawValue, String(status.count(.new)), String(status.count(.failed)),
                        String(status.count(.done)),
                        SafeText.oneLine(
                            status.disabled.map { "disabled: \($0)" } ?? status.about?["url"]?.string ?? ""),
                    ])
                })
    }
}
