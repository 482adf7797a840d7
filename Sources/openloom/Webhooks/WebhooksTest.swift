import ArgumentParser
import Console
import Curl
import Daemon
import JSON
import Report
import Spool
import SystemPackage
import Webhooks

struct WebhooksTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send an endpoint one webhook now, and say what it answers.",
        discussion: """
            The endpoint is one of the configuration, by name, or a URL. The webhook tells of a task that does not exist \
            (its id is webhook-test), signed and in the endpoint's format. It is sent by this command, once; nothing is \
            written to the spool.

            EXAMPLES
              openloom webhooks test ci
              openloom webhooks test http://127.0.0.1:9000/hook
              openloom webhooks test ci --json | jq .status

            EXIT CODES
              0   it answered with a status from 200 to 299
              1   it did not
              2   there is no such endpoint
              64  the command line is wrong
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The name of a configured endpoint, or a URL.")
    var endpoint: String

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let target = try self.target()
        let curl = CurlClient()
        defer { curl.close() }
        try report(target, await WebhookTest(target).send(curl))
    }

    private func target() throws -> WebhookEndpoint {
        let configuration = try options.loadConfiguration()
        if endpoint.contains("://") {
            guard let name = EndpointName.derived(from: endpoint) else {
                throw ValidationError("the URL should be \(HTTPAddress.expected) with a host")
            }
            return configuration.webhookEndpoints.first { $0.url == endpoint }
                ?? WebhookEndpoint(name: name, url: endpoint)
        }
        if let found = configuration.webhookEndpoints.first(where: { $0.name.rawValue == endpoint }) { return found }
        let known = configuration.webhookEndpoints.map(\.name.rawValue).joined(separator: ", ")
        throw CommandFailure(
            "no endpoint is called \(endpoint); \(known.isEmpty ? "none is configured" : "there are \(known)")",
            exitCode: CommandFailure.noSuchTask)
    }

    private func report(_ target: WebhookEndpoint, _ object: JSONObject) throws {
        let isTaken = object["ok"]?.bool ?? false
        let milliseconds = object["latency_ms"]?.int ?? 0
        let words: String
        if let status = object["status"]?.int {
            let answer = object["answer"]?.string ?? ""
            words = "answered \(status) after \(milliseconds) ms" + (answer.isEmpty ? "" : ": \(answer)")
        } else {
            words = "not delivered: \(object["error"]?.string ?? "")"
        }
        let terminal = options.terminal
        if json {
            terminal.write(JSONValue.object(object).pretty)
        } else {
            terminal.print([StyledText(SafeText.oneLine("\(target.name) \(words)"), isTaken ? .green : .red)])
        }
        if !isTaken { throw ExitCode(1) }
    }
}
