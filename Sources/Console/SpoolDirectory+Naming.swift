package import Spool
import SystemPackage

extension SpoolDirectory {
    /// The task that a person means by an id, by the five characters that lists show, or by an unambiguous beginning
    /// or end of an id.
    ///
    /// The five characters come before beginnings and ends: what a list showed must not come to mean two tasks because
    /// another one's title happens to end with them.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound`` or ``SpoolError/Code/ambiguous``.
    package func task(named text: String) throws(SpoolError) -> TaskID {
        if TaskNames.isCode(text), let id = TaskID(text), (try? locate(id)) == nil {
            var found: Set<TaskID> = []
            for state in TaskState.allCases {
                found.formUnion(try list(state).filter { TaskNames.code(of: $0).map { $0 == text } ?? false })
            }
            if let only = found.first, found.count == 1 { return only }
            if found.count > 1 {
                let some = found.sorted().prefix(5).map(\.rawValue).joined(separator: ", ")
                throw SpoolError(.ambiguous, "find", paths.root.appending(text), advice: "say more: \(some)")
            }
        }
        return try resolve(text)
    }

    /// Every task and its state, from the names alone.
    ///
    /// Listed in the order in which tasks move on, and once more where they come back to, so that one that moves
    /// meanwhile is seen at least once; then its later place counts.
    package func listAll() throws(SpoolError) -> [TaskID: TaskState] {
        var all: [TaskID: TaskState] = [:]
        for state in [TaskState.new, .running, .done, .failed, .new] {
            for name in try names(in: state) {
                if let id = TaskID(name) { all[id] = state }
            }
        }
        return all
    }
}
