import Logging
import SystemPackage

/// Ends the server of a directory. Blocks, at most for the limit and a little more.
struct ServerStop: Sendable {
    let settings: ServerHostSettings
    let logger: Logger
    /// Only the server with this id: another one that was started meanwhile is left alone.
    var only: String?

    /// Ends the recorded server and all in its process group, whoever started it, and removes the record. Nothing is
    /// done to a server without a record: it is the user's.
    ///
    /// The record goes last: after a crash in the middle the next call finds what is left.
    func run() throws(ServerHostError) {
        do throws(ServerHostError) {
            try endRecorded(in: ServerDirectory(settings.directory, make: false))
        } catch .systemCall(_, _, .noSuchFileOrDirectory) {
            // No directory, no server.
        }
    }

    private func endRecorded(in directory: ServerDirectory) throws(ServerHostError) {
        try directory.locked { _ throws(ServerHostError) in
            guard let record = try directory.record(), only == nil || only == record.id else { return }
            if record.bootID == ProcessTable.bootID,
                let process = record.process ?? ProcessTable.unrecordedServer(of: record)
            {
                guard end(process, of: record) else { return }
            }
            try directory.remove(record)
        }
    }

    /// Answers whether nothing of it is left. It may have ended before, and left children behind.
    private func end(_ process: ProcessIdentity, of record: ServerRecord) -> Bool {
        let wasThere = !ProcessTable.group(process.pid, of: record).isEmpty
        let isGone = ProcessGroup.end(process.pid, of: record, limit: settings.stopLimit)
        let end = ProcessEnd.reap(process)
        if !isGone {
            logger.error("OpenCode can't be ended: it hangs in the kernel", metadata: ["pid": "\(process.pid)"])
        } else if wasThere {
            logger.info("stopped OpenCode", metadata: ["pid": "\(process.pid)", "how": "\(end)"])
        }
        return isGone
    }
}
