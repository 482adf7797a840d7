import ArgumentParser

struct WebhooksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "Look at webhooks, and have them sent again.",
        discussion: """
            What is to be sent lies in the outbox of the spool, a file for each delivery: SPOOL/outbox/ENDPOINT/new, \
            done and failed. ls, show and retry work on those files alone, with or without a daemon.

            EXAMPLES
              openloom webhooks ls
              openloom webhooks show ci --state failed
              openloom webhooks retry ci
              openloom webhooks test ci
              openloom webhooks try github issue.json --header 'X-GitHub-Event: issues'
            """,
        subcommands: [
            WebhooksList.self, WebhooksShow.self, WebhooksRetry.self, WebhooksTest.self, WebhooksTry.self,
        ]
    )
}

enum WebhookHelp {
    static let exitCodes = """
        EXIT CODES
          0   it is done
          1   it is not; standard error says why
          2   there is no such endpoint or delivery, or more than one endpoint fits
          64  the command line is wrong
        """
}

/// The one endpoint that a command is about.
struct EndpointArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("An endpoint: its name in webhooks ls, or an unambiguous beginning of it."))
    var endpoint: String
}
