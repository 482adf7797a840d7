import Blocking
import Logging
import Spool

/// A task that a person moved out of `running/` or `new/` with `mv`: it has no verdict, and gets one that says so.
struct HandMadeEnding {
    let spool: SpoolDirectory
    let id: TaskID

    /// Writes the ending of a task in `done/` or `failed/` that has none. Does nothing for any other.
    ///
    /// - Returns: The session that it had, if one was written down.
    @discardableResult
    func record(logger: Logger) async -> String? {
        let (spool, id) = (spool, id)
        do throws(SpoolError) {
            return try await BlockingPool.run { () throws(SpoolError) -> String? in
                guard let (task, state) = try? spool.locate(id), state.isEnded,
                    try spool.readVerdict(task) == nil
                else { return nil }
                let ending = TaskEnding(
                    verdict: state == .failed ? .cancelled : .unchanged,
                    reason: "moved to \(state.rawValue)/ by hand"
                )
                try spool.recordEnding(id, in: state, ending)
                return try spool.readWord(task.session)
            }
        } catch {
            logger.warning("can't write down an ending", metadata: ["task": "\(id)", "error": "\(error)"])
            return nil
        }
    }
}
