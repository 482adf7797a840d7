import SystemPackage

/// Keeps a second daemon away from a spool on this machine. The kernel gives the lock back however the daemon ends.
package enum DaemonLock {
    /// - Throws: ``SpoolError/Code/locked`` while another daemon has it.
    package static func take(_ spool: SpoolDirectory) throws(SpoolError) -> FileLock {
        let path = spool.paths.nodes.appending("daemon.lock")
        do throws(SpoolError) {
            return try FileLock(path, wait: false)
        } catch {
            guard error.code == .locked else { throw error }
            throw SpoolError(
                .locked, "lock", spool.root,
                advice: "`cat \(spool.paths.nodes)/*.json` says which; stop that one, or give this one another --spool"
            )
        }
    }
}
