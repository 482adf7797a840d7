import ArgumentParser
import Console
import Spool

/// The tasks that a command acts on, one after the other.
struct TaskArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Tasks: ids, the short names that ls shows, or unambiguous beginnings or ends of ids.", valueName: "task"),
        completion: TaskCompletion.tasks)
    var tasks: [String]

    /// Does something to each task and prints what was done. A task that fails does not keep the others from their turn.
    ///
    /// - Throws: The exit code of the first failure, which has been told by then.
    func act(_ options: GlobalOptions, _ done: String, _ act: (SpoolDirectory, TaskID) throws -> Void) throws {
        let spool = try options.openSpool()
        let terminal = options.terminal
        var failure: Int32?
        for name in tasks {
            do {
                let id = try spool.task(named: name)
                try act(spool, id)
                terminal.print([StyledText("\(done) ", .dim) + StyledText(id.rawValue)])
            } catch {
                Complaint.tell(error)
                failure = failure ?? Complaint.exitCode(for: error)
            }
        }
        if let failure { throw ExitCode(failure) }
    }
}

/// The one task that a command shows.
struct TaskArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A task: its id, the short name that ls shows, or an unambiguous beginning or end of its id."),
        completion: TaskCompletion.tasks)
    var task: String
}
