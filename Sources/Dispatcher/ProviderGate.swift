import Blocking
import Spool

/// Which providers are asked for now: none of whose limit is reached before its time has come, and then one task alone,
/// until that has got work done. What it says lies in `providers/`, read anew for each look.
struct ProviderGate: Sendable {
    private var holds: [ProviderHold]
    /// Providers whose probe runs.
    private var probed: Set<String>
    private let now: Timestamp

    init(_ holds: [ProviderHold], probed: Set<String>, now: Timestamp) {
        self.holds = holds
        self.probed = probed
        self.now = now
    }

    /// Why a task is not started now.
    enum Closing: Sendable {
        case until(Timestamp)
        /// Until another one has found out.
        case probing
    }

    /// Nil for a task that may be started.
    func closing(for candidate: TaskCandidate) -> Closing? {
        let holding = holds.filter { $0.holds(candidate.provider) }
        if let until = holding.map(\.until).max(), until > now { return .until(until) }
        return holding.contains { probed.contains($0.provider) } ? .probing : nil
    }

    /// Notes that a task is about to be started, which makes it the probe of providers that hold it.
    mutating func pass(_ candidate: TaskCandidate, _ spool: SpoolDirectory) async throws(SpoolError) {
        for hold in holds where hold.holds(candidate.provider) {
            try await BlockingPool.run { () throws(SpoolError) in
                try spool.setProbe(candidate.id, of: hold.provider)
            }
            probed.insert(hold.provider)
        }
    }
}

extension TaskDispatcher {
    func providerGate(now: Timestamp) async throws(SpoolError) -> ProviderGate {
        let (spool, running) = (spool, Set(runs.keys))
        let (holds, probed) = try await BlockingPool.run { () throws(SpoolError) in
            let holds = try spool.providerHolds()
            let probed = holds.filter { hold in
                hold.probe.map { running.contains($0) || spool.isRunning($0) } ?? false
            }
            return (holds, Set(probed.map(\.provider)))
        }
        return ProviderGate(holds, probed: probed, now: now)
    }
}
