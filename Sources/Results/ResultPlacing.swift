import Blocking
package import Spool

/// What came of a look at one task.
package enum PlacingOutcome: Sendable, Equatable {
    /// Nothing is owed: it was not dropped there, waits, or has its result.
    case settled
    /// The status that is shown now, and what is known of where.
    case status(String, PlacedNote)
    case result(String)
    /// It has ended, and its `result.json` is about to be written.
    case notYet
    case gone
}

/// Somewhere that statuses and results are put: directories of this machine, or a connector's storage.
package protocol ResultPlacing: Sendable {
    /// The connector's name; nil for directories.
    var connector: String? { get }
    /// Whether several tasks may be placed at once.
    var isConcurrent: Bool { get }
    /// What is known to be wrong with the place, each with how to mend it. Blocks.
    func problems() -> [String]
    /// Puts there what is owed for a task, and nothing else.
    ///
    /// - Parameter shown: The status that was placed last by this process; nil to place it again.
    func settle(_ id: TaskID, shown: String?) async throws(SpoolError) -> PlacingOutcome
    /// Removes the status that was placed, unless it is another's by now.
    func removeStatus(_ note: PlacedNote) async throws(SpoolError)
}

/// Puts things into directories.
package struct DirectoryPlacing: ResultPlacing {
    private let placer: ResultPlacer

    package init(spool: SpoolDirectory, settings: ResultSettings) {
        placer = ResultPlacer(spool: spool, settings: settings)
    }

    package var connector: String? { nil }
    package var isConcurrent: Bool { true }
    package func problems() -> [String] { placer.settings.problems() }

    package func settle(_ id: TaskID, shown: String?) async throws(SpoolError) -> PlacingOutcome {
        try await BlockingPool.run { [placer] () throws(SpoolError) in try placer.settle(id, shown: shown) }
    }

    package func removeStatus(_ note: PlacedNote) async throws(SpoolError) {
        try await BlockingPool.run { [placer] () throws(SpoolError) in try placer.removeStatus(note) }
    }
}
