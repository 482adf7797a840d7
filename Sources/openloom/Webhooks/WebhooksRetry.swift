import ArgumentParser
import Console
import Spool

struct WebhooksRetry: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Have deliveries sent again, under their old ids.",
        discussion: """
            Without numbers, all that were given up. A delivery begins anew, with all its attempts before it; one that \
            waits for its next attempt is sent at once. The same as:
              mv SPOOL/outbox/ENDPOINT/failed/DELIVERY SPOOL/outbox/ENDPOINT/new/
            An endpoint that answered 410 is disabled until the file SPOOL/outbox/ENDPOINT/disabled is removed; --enable \
            does that.

            EXAMPLES
              openloom webhooks retry ci
              openloom webhooks retry ci 118 119
              openloom webhooks retry ci --enable

            \(WebhookHelp.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: EndpointArgument

    @Argument(help: "Numbers of deliveries.")
    var numbers: [Int] = []

    @Flag(help: "Also enable an endpoint that is disabled.")
    var enable = false

    func run() throws {
        let spool = try options.openSpool()
        let endpoint = try spool.endpoint(named: argument.endpoint)
        if enable { try spool.enable(endpoint) }
        let terminal = options.terminal
        var count = 0
        if numbers.isEmpty {
            count = try spool.retryFailedDeliveries(of: endpoint)
        } else {
            for number in numbers {
                let (name, _) = try spool.delivery(number, of: endpoint)
                try spool.retryDelivery(name, of: endpoint)
                count += 1
            }
        }
        terminal.print([StyledText(count == 1 ? "1 delivery is sent again" : "\(count) deliveries are sent again")])
        if let reason = try spool.disablement(of: endpoint) {
            Complaint.note("\(endpoint) is disabled (\(reason)); --enable ends that")
        }
        options.warnWithoutDaemon(spool, "they wait")
    }
}
