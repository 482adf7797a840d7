import Blocking
import SystemPackage

/// Waits until a server accepts connections.
struct ServerReadiness {
    let settings: ServerHostSettings
    let outcome: ServerStart.Outcome
    let watch: ProcessWatch

    /// Returns when the port accepts a connection. The kernel tells nobody when a port begins to listen, so it is
    /// asked, each time a little later; this is the one wait here that asks.
    func wait() async throws(ServerHostError) {
        let deadline = ContinuousClock.now + settings.startLimit
        let port = outcome.record.port
        var pause = Duration.milliseconds(5)
        while true {
            if let end = watch.end {
                let lostPort = await BlockingPool.run { LoopbackPort.isTaken(port) }
                throw .endedEarly(end, log: await tail(), logFile: log.path, lostPort: lostPort)
            }
            let isOurs = await BlockingPool.run { LoopbackPort.isOurs(port) }
            if isOurs, watch.isWatching { return }
            if Task.isCancelled { throw .stopped }
            guard ContinuousClock.now < deadline else {
                throw .notReady(
                    port: Int(port), after: settings.startLimit, log: await tail(), logFile: log.path)
            }
            // Cut short by a cancellation, which is looked at above.
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(100))
        }
    }

    private var log: ServerLog { ServerLog(in: settings.directory) }

    private func tail() async -> [String] {
        let (outcome, directory) = (outcome, settings.directory)
        return await BlockingPool.run { outcome.logTail(in: directory) }
    }
}
