import SystemPackage

/// Keeps a second daemon away from a spool on this machine. The kernel gives the lock back however the daemon ends.
package enum DaemonLock {
    /// Whether a daemon has it at this moment. Nothing is written.
    package static func isTaken(_ spool: SpoolDirectory) -> Bool { FileLock.isHeld(path(of: spool)) }

    private static func path(of spool: SpoolDirectory) -> FilePath { spool.paths.nodes.appending("daemon.lock") }

    /// - Throws: ``SpoolError/Code/locked`` while another daemon has it.
    package static func take(_ spool: SpoolDirectory) throws(SpoolError) -> FileLock {
        do throws(SpoolError) {
            return try FileLock(path(of: spool), wait: false)
        } catch {
            guard error.code == .locked else { throw error }
            throw SpoolError(
                .locked, "lock", spool.root,
                advice: "`cat \(spool.paths.nodes)/*.json` says which; stop that one, or give this one another --spool"
            )
        }
    }
}
