/// The instants of a start around which a kill must leave no second server: tests end the process at each of them.
enum StartStep: String, Sendable, CaseIterable {
    /// The record says what is about to be started.
    case intended
    /// It runs, and the record doesn't know it.
    case spawned
    /// The record knows it.
    case recorded
}
