import ArgumentParser
import Daemon

struct Openloom: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openloom",
        abstract: "Turns files into finished work by a coding agent.",
        discussion: """
            A task is a directory; where it lies is its state. Everything here but serve works without a daemon, and \
            does to the tree what a shell could do.

            FIRST STEPS
              openloom demo                  see it work, without an agent or an account
              openloom init                  make a spool and a configuration
              openloom doctor                see whether all is there that is needed
              openloom serve                 start the daemon
              openloom submit job.md         give it work; or drop the file into the inbox
              openloom watch                 see what goes on

            A task is named by its id, by the short name that ls shows, or by any beginning or end of the id that only \
            it has.

            SHELL COMPLETIONS
              openloom --generate-completion-script bash > ~/.local/share/bash-completion/completions/openloom
              openloom --generate-completion-script zsh  > ~/.zfunc/_openloom      (with ~/.zfunc in fpath)
              openloom --generate-completion-script fish > ~/.config/fish/completions/openloom.fish

            \(HelpText.exitCodes)
            """,
        version: "openloom \(OpenLoomVersion.text)",
        groupedSubcommands: [
            CommandGroup(
                name: "See it work", subcommands: [Demo.self, Simulate.self]),
            CommandGroup(
                name: "Set up and serve",
                subcommands: [Init.self, Migrate.self, Config.self, DoctorCommand.self, Serve.self]),
            CommandGroup(
                name: "Give work", subcommands: [Submit.self, Run.self, SchedulesCommand.self]),
            CommandGroup(
                name: "Look", subcommands: [List.self, Watch.self, Show.self, Log.self, Verify.self]),
            CommandGroup(
                name: "Act on tasks",
                subcommands: [
                    Answer.self, Hold.self, Release.self, Cancel.self, Retry.self, Merge.self, Discard.self,
                    Remove.self,
                ]),
            CommandGroup(name: "Tell others", subcommands: [WebhooksCommand.self]),
        ]
    )

    /// Runs the command that the command line names. Every error, whoever throws it, ends here.
    static func perform() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Complaint.exit(because: error)
        }
    }
}
