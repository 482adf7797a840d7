import Blocking
package import DaemonConfiguration
import Glibc
import Logging
import Report
package import Results
import Spool

extension Configuration {
    /// What is put beside dropped files, and where.
    package var resultSettings: ResultSettings {
        ResultSettings(
            outbox: results.outbox, archive: results.archive, inbox: inbox.path, words: results.language.words)
    }

    /// From here on the process's local time is that of the configured zone: the one of results, of days, and of
    /// schedules that name none. To be called once, before anything asks what time it is here.
    package func setTimeZone() {
        guard let timeZone else { return }
        setenv("TZ", timeZone, 1)
        tzset()
    }
}

extension DaemonProcess {
    /// The service that puts results beside the sources; none if nobody wants them.
    func resultService(
        _ spool: SpoolDirectory, observer: TaskObserver, node: NodeIdentity
    ) throws(SpoolError) -> [ResultService] {
        let settings = configuration.resultSettings
        guard settings.isWanted else {
            try spool.removeResultCursor(node.node)
            return []
        }
        return [
            try ResultService(
                spool: spool, observer: observer, node: node,
                placing: DirectoryPlacing(spool: spool, settings: settings), logger: logger)
        ]
    }
}
