import ArgumentParser
import Console
import DaemonConfiguration
import JSON
import Migration
import Report
import SystemPackage

struct Migrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Carry over the configuration and the tasks of OpenLoom 0.17, the Python program.",
        discussion: """
            Without --apply nothing is changed: every key, task, workspace, connector and webhook that is found is listed \
            with what becomes of it. The home of OpenLoom 0.17 is only ever read, also with --apply. Stop 0.17 before \
            that, and openloom's daemon. What was carried over before is left alone, so it can be run again at any time. \
            Tasks whose agent works are followed to their end; no prompt is sent a second time. \
            docs/migrating.md has it step by step.

            EXAMPLES
              openloom migrate                              what would be done
              openloom migrate --apply                      do it
              openloom migrate --from /mnt/old/.openloom --started-in /srv/openloom
              openloom migrate --json | jq '.items[] | select(.outcome == "problem")'

            EXIT CODES
              0   nothing stands in the way; with --apply: it is done
              1   it could not be looked at, or not be done; standard error says why
              3   something can't be carried over, or needs a hand: the lines marked PROBLEM. With --apply everything \
            else is done, unless the configuration has a problem: then nothing is
              64  the command line is wrong
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(
        help: ArgumentHelp("The .openloom directory of OpenLoom 0.17. (default: ~/.openloom)", valueName: "directory"),
        completion: .directory)
    var from: String?

    @Option(
        help: ArgumentHelp(
            "Where OpenLoom 0.17 was started, if its openloom.yaml or connectors/ lie there. They are not looked for "
                + "otherwise.", valueName: "directory"),
        completion: .directory)
    var startedIn: String?

    @Flag(help: "Carry it over, instead of saying what would be done.")
    var apply = false

    @Flag(help: "Print one JSON object.")
    var json = false

    /// Of a run after which somebody has something to do.
    static let needsAHand: Int32 = 3

    func run() throws {
        let old = OldHome(
            directory: from.map(GlobalOptions.absolute) ?? GlobalOptions.home.appending(".openloom"),
            startedIn: startedIn.map(GlobalOptions.absolute))
        let flags = ConfigurationFlags(
            config: options.config.map { GlobalOptions.absolute($0).string },
            spool: options.spool.map { GlobalOptions.absolute($0).string })
        var migration = Migration(
            old: old, home: GlobalOptions.home, environment: GlobalOptions.environment, flags: flags,
            workingDirectory: GlobalOptions.absolute("."), isDry: !apply)
        let progress = ProgressLine()
        migration.onProgress = { [apply] count in
            if count.isMultiple(of: 20) { progress.show("\(apply ? "carried over" : "looked at") \(count) tasks …") }
        }
        defer { progress.clear() }
        let report = try migration.run()
        progress.clear()
        let terminal = options.terminal
        if json {
            terminal.write(report.json.pretty)
        } else {
            let context = options.context(terminal)
            terminal.print(report.items.map { line($0, context) } + [StyledText(""), StyledText(summary(report))])
        }
        if report.count(.problem) > 0 { throw ExitCode(Self.needsAHand) }
    }

    private func line(_ item: MigrationItem, _ context: RenderContext) -> StyledText {
        let (mark, style): (String, Style) =
            switch item.outcome {
            case .works: ("works", .green)
            case .carried: (apply ? "carried" : "becomes", .green)
            case .present: ("is here", .dim)
            case .differs: ("differs", .yellow)
            case .problem: ("PROBLEM", .red)
            }
        return StyledText(mark, style).fitted(to: 9) + StyledText("\(item.kind.rawValue) ").fitted(to: 14)
            + StyledText(SafeText.oneLine(item.name), .bold)
            + StyledText("  " + context.path(SafeText.oneLine(item.message)))
    }

    private func summary(_ report: MigrationReport) -> String {
        let (carried, present) = (report.count(.carried), report.count(.present, of: .task))
        let problems = report.count(.problem)
        var parts: [String] = []
        if carried == 0, problems == 0 {
            parts.append("Nothing to do" + (present > 0 ? ": \(Self.tasks(present)) here already." : "."))
        } else {
            let tasks = report.count(.carried, of: .task)
            parts.append(
                report.isDry
                    ? "\(Self.tasks(tasks)) would go to \(report.spool). Nothing was changed; --apply does it."
                    : "\(Self.tasks(tasks)) carried over to \(report.spool).")
        }
        if problems > 0 {
            parts.append("\(problems == 1 ? "1 line needs" : "\(problems) lines need") a hand: see PROBLEM.")
        }
        return parts.joined(separator: " ")
    }

    private static func tasks(_ count: Int) -> String { count == 1 ? "1 task" : "\(count) tasks" }
}
