import TaskSource

extension Problem {
    /// Everything that is wrong with a body that should have become a task.
    init(_ error: TaskSourceError) {
        let first = error.problems.first.map(\.description) ?? "\(error)"
        let others = error.problems.count - 1
        self.init(
            error.problems.allSatisfy(\.isCircumstance) ? .unusableWorkspace : .invalidTask,
            others > 0 ? "\(first) (and \(others) more)" : first,
            items: error.problems.map { Item(message: $0.message, pointer: $0.pointer, line: $0.line) }
        )
    }
}
