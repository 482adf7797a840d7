import Blocking
import Logging
import Spool

/// A task that a person moved out of `running/` or `new/` with `mv`: it has no verdict, and gets one that says so.
struct HandMadeEnding {
    let spool: SpoolDirectory
    let id: TaskID

    /// Writes the ending of a task in `done/` or `failed/` that has none. Does nothing for any other.
    ///
    /// - Returns: The session that it had, if one was written down, and what identifies its prompt.
    @discardableResult
    func record(logger: Logger) async -> (session: String, turn: TurnRecord?)? {
        let (spool, id) = (spool, id)
        do throws(SpoolError) {
            return try await BlockingPool.run { () throws(SpoolError) -> (session: String, turn: TurnRecord?)? in
                guard let (task, state) = try? spool.locate(id), state.isEnded,
                    try spool.readVerdict(task) == nil
                else { return nil }
                let ending = TaskEnding(
                    verdict: state == .failed ? .cancelled : .unchanged,
                    reason: "moved to \(state.rawValue)/ by hand"
                )
                try spool.recordEnding(id, in: state, ending)
                guard let session = try spool.readWord(task.session) else { return nil }
                return (session, TurnRecord.read(from: task, in: spool))
            }
        } catch {
            logger.warning("can't write down an ending", metadata: ["task": "\(id)", "error": "\(error)"])
            return nil
        }
    }
}
