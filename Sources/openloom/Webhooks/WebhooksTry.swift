import ArgumentParser
import Console
import Daemon
import DaemonConfiguration
import Glibc
import JSON
import Spool
import SystemPackage
import TaskSource
import WebhookSources

struct WebhooksTry: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Show what task an incoming webhook would become.",
        discussion: """
            Reads a body from a file, as the source would send it, and prints the task that POST \
            /api/webhooks/SOURCE would make of it, or why it would make none. No signature is asked for; no daemon is \
            needed, and nothing is written.

            EXAMPLES
              openloom webhooks try github issue.json --header 'X-GitHub-Event: issues'
              openloom webhooks try generic body.json

            EXIT CODES
              0   it would become a task, which is printed as JSON
              1   it would not; standard error says why
              2   there is no such source
              64  the command line is wrong
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The name of a source: generic, or one of the configuration's webhook_sources.")
    var source: String

    @Argument(help: "A file with the body.", completion: .file())
    var file: String

    @Option(
        name: [.customShort("H"), .long],
        help: ArgumentHelp("A header of the request; can be given more than once.", valueName: "name: value"))
    var header: [String] = []

    func run() throws {
        let configuration = try options.loadConfiguration()
        let sources = configuration.incomingSources
        guard let found = sources.first(where: { $0.name == source }) else {
            let known = sources.map(\.name).joined(separator: ", ")
            throw CommandFailure(
                "no source is called \(source); there are \(known)", exitCode: CommandFailure.noSuchTask)
        }
        var headers: [String: String] = [:]
        for line in header {
            guard let colon = line.firstIndex(of: ":") else {
                throw ValidationError("--header should be written 'NAME: VALUE'")
            }
            headers[String(line[..<colon])] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        let path = GlobalOptions.absolute(file)
        let body = try InputFile.read(path, limit: configuration.sourceLimits.fileBytes)
        let spec: TaskSpec
        do {
            let members = try found.task(
                from: SourceRequest(headers: headers, body: body), now: Timestamp.now().seconds, isTrusted: true)
            let reader = TaskSourceReader(
                limits: configuration.sourceLimits, workspaces: configuration.workspacePolicy,
                verification: configuration.verification)
            spec = try reader.read(
                json: .object(members), origin: TaskOrigin(.webhook, source: found.name), now: .now())
        } catch let rejection as SourceRejection {
            throw CommandFailure(rejection.reason)
        } catch let error as TaskSourceError {
            throw CommandFailure("no task can be made of it: \(error)")
        }
        options.terminal.write(spec.json.pretty)
    }
}
