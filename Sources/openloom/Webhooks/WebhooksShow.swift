import ArgumentParser
import Console
import JSON
import Report
import Spool

extension DeliveryState: ExpressibleByArgument {}

struct WebhooksShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show an endpoint's deliveries, or all about one of them.",
        discussion: """
            A delivery is named by the number of its event, which its file begins with.

            EXAMPLES
              openloom webhooks show ci
              openloom webhooks show ci --state failed
              openloom webhooks show ci 118
              openloom webhooks show ci 118 --json | jq .delivery.body

            \(WebhookHelp.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: EndpointArgument

    @Argument(help: "The number of one delivery.")
    var number: Int?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Only deliveries in this state: new, done or failed.", valueName: "state"))
    var state: DeliveryState?

    @Option(name: .shortAndLong, help: "At most so many of each state, the oldest first.")
    var limit = 50

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit should be 1 or more") }
    }

    func run() throws {
        let spool = try options.openSpool()
        let endpoint = try spool.endpoint(named: argument.endpoint)
        let terminal = options.terminal
        if let number {
            let document = try spool.deliveryDocument(number, of: endpoint)
            if json { return terminal.write(JSONValue.object(document).pretty) }
            return terminal.print(Self.page(document))
        }
        var summaries: [JSONObject] = []
        for state in state.map({ [$0] }) ?? DeliveryState.allCases {
            for name in try spool.firstDeliveries(of: endpoint, in: state, limit: limit).names {
                summaries.append(try spool.deliverySummary(name, of: endpoint, in: state))
            }
        }
        if json {
            var object = try spool.endpointStatus(endpoint).json.object ?? [:]
            object["deliveries"] = .array(summaries.map { .object($0) })
            return terminal.write(JSONValue.object(object).pretty)
        }
        terminal.print(summaries.map(Self.line))
    }

    private static func line(_ summary: JSONObject) -> StyledText {
        let last = summary["last"]
        let outcome =
            last?["error"]?.string ?? last?["status"]?.int.map { "answered \($0)" } ?? "not sent yet"
        let next = last?["next"]?.string.map { ", next \($0)" } ?? ""
        return StyledText(String(summary["number"]?.int ?? 0), .bold).fitted(to: 8)
            + StyledText(summary["state"]?.string ?? "").fitted(to: 8)
            + StyledText(summary["event"]?.string ?? "").fitted(to: 16)
            + StyledText(summary["task_id"]?.string ?? "").fitted(to: 44)
            + StyledText(SafeText.oneLine("\(outcome)\(next)"), .dim)
    }

    private static func page(_ document: JSONObject) -> [StyledText] {
        var lines = [StyledText(document["path"]?.string ?? "", .bold)]
        for attempt in document["attempts"]?.array ?? [] {
            var words = [
                attempt["time"]?.string ?? "", attempt["outcome"]?.string ?? "",
                attempt["status"]?.int.map(String.init) ?? "-", "\(attempt["latency_ms"]?.int ?? 0) ms",
            ]
            if let error = attempt["error"]?.string { words.append(error) }
            lines.append(StyledText(SafeText.oneLine(words.joined(separator: "  "))))
            if let answer = attempt["answer"]?.string {
                lines.append(StyledText("    " + SafeText.oneLine(answer), .dim))
            }
        }
        let delivery = document["delivery"]?.pretty ?? ""
        return lines + delivery.split(separator: "\n").map { StyledText(SafeText.oneLine(String($0))) }
    }
}
