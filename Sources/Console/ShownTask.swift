package import Spool

/// A task with what a list says about it beside what its snapshot holds.
package struct ShownTask: Sendable {
    package enum Group: String, Sendable, Hashable, CaseIterable {
        /// Runs, and stands still until somebody answers.
        case waiting
        case running
        case new
        case done
        case failed
    }

    package var snapshot: TaskSnapshot
    /// A name for it that commands take.
    package var shortID: String
    /// When the attempt that runs was claimed.
    package var started: Timestamp?
    package var asks: [OpenAsk]
    /// For a task in `new/`.
    package var waitReason: WaitReason?
    /// The lines that it added and removed, where somebody counted them.
    package var patch: PatchCounts?

    package init(
        snapshot: TaskSnapshot, shortID: String, started: Timestamp? = nil, asks: [OpenAsk] = [],
        waitReason: WaitReason? = nil
    ) {
        self.snapshot = snapshot
        self.shortID = shortID
        self.started = started
        self.asks = asks
        self.waitReason = waitReason
    }

    package var id: TaskID { snapshot.id }

    package var group: Group {
        switch snapshot.state {
        case .new: .new
        case .running: snapshot.asks.isEmpty ? .running : .waiting
        case .done: .done
        case .failed: .failed
        }
    }

    package var activity: TaskActivity? { snapshot.activity.map(TaskActivity.init(json:)) }

    /// How it ended.
    package var outcome: TaskOutcome? {
        guard var outcome = snapshot.result.map(TaskOutcome.init(json:)) else { return nil }
        if let patch { outcome.count(patch) }
        return outcome
    }

    /// When it ended; when its directory last changed, where no result says it.
    package var ended: Timestamp { outcome?.ended ?? snapshot.changed }
}
