/// Looks up what tasks wait for: each time in the tree.
///
/// A text of `after` that is the id of a task that is there means that task. Any other text is a name, and means the
/// newest task that bears it; of a task that waits for its own name, the newest of those before it, so that a line of
/// tasks of one name is worked on one after the other, and the first of them waits for nothing.
package struct DependencyFinder: Sendable {
    private let spool: SpoolDirectory
    private let index: TaskIndex

    package init(_ spool: SpoolDirectory, _ index: TaskIndex) {
        self.spool = spool
        self.index = index
    }

    /// Who waits.
    package struct Dependent: Sendable {
        package var id: TaskID
        package var name: String
        package var created: Timestamp

        package init(id: TaskID, name: String, created: Timestamp) {
            self.id = id
            self.name = name
            self.created = created
        }
    }

    /// The dependencies that stand in the way of a task; none if it may be started. Blocks.
    package func blockers(of id: TaskID, _ spec: TaskSpec) throws(SpoolError) -> [TaskBlocker] {
        let dependent = Dependent(id: id, name: spec.name, created: spec.created)
        var blockers: [TaskBlocker] = []
        for dependency in spec.after {
            let state = try state(of: dependency, for: dependent)
            if state != .met { blockers.append(TaskBlocker(dependency, state)) }
        }
        return blockers
    }

    /// What became of one dependency. Blocks.
    package func state(
        of dependency: TaskDependency, for dependent: Dependent
    ) throws(SpoolError) -> DependencyState {
        let isAny = dependency.condition == .any
        if let id = TaskID(dependency.task) {
            if id == dependent.id { return .hopeless("it waits for itself") }
            if let state = try place(of: id) { return judge(id, in: state, dependency.condition) }
            // An id of ours is given to a task that is there, and to no other one later.
            if id.isMade { return isAny ? .met : .hopeless("the task \(id) was deleted") }
        }
        guard let (id, state) = try newest(named: dependency.task, for: dependent) else {
            return dependency.task == dependent.name ? .met : .missing
        }
        return judge(id, in: state, dependency.condition)
    }

    private func judge(
        _ id: TaskID, in state: TaskState, _ condition: TaskDependency.Condition
    ) -> DependencyState {
        switch (state, condition) {
        case (.new, _), (.running, _): return .waiting(id, state)
        case (.done, .ok), (.done, .any), (.failed, .any), (.failed, .failed): return .met
        case (.done, .failed): return .hopeless("the task \(id) ended well, and should have failed")
        case (.failed, .ok):
            let verdict = (try? spool.readVerdict(spool.paths.task(id, in: .failed))) ?? nil
            return .hopeless("the task \(id) failed\(verdict.map { " (\($0.rawValue))" } ?? "")")
        }
    }

    private func place(of id: TaskID) throws(SpoolError) -> TaskState? {
        do {
            return try spool.locate(id).1
        } catch  where error.code == .taskNotFound {
            return nil
        }
    }

    /// The newest task of that name. One that can't be read is none that anybody waits for.
    private func newest(
        named name: String, for dependent: Dependent
    ) throws(SpoolError) -> (id: TaskID, state: TaskState)? {
        let slug = TaskID.slug(of: name)
        var best: (created: Timestamp, id: TaskID)?
        /// Takes note of a task; false if it does not bear the name.
        func take(_ id: TaskID, in state: TaskState) -> Bool {
            guard id != dependent.id, let spec = (try? spool.readSpec(id, in: state)) ?? nil, spec.name == name else {
                return false
            }
            if name == dependent.name, (spec.created, id) >= (dependent.created, dependent.id) { return false }
            if best.map({ $0 < (spec.created, id) }) ?? true { best = (spec.created, id) }
            return true
        }
        // The first two once more: a task that is put back while we look goes to where we have looked already.
        for state in [TaskState.new, .running, .done, .failed, .new, .running] {
            let names = try index.names(in: state)
            var place = names.lastMade(slug: slug, before: names.madeCount)
            while let found = place, !take(names[found], in: state) {
                place = names.lastMade(slug: slug, before: found)
            }
            for other in names.madeCount..<names.count { _ = take(names[other], in: state) }
        }
        guard let best, let state = try place(of: best.id) else { return nil }
        return (best.id, state)
    }
}
