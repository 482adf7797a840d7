package import Report
package import SystemPackage

/// Where results go, and in which language.
package struct ResultSettings: Sendable {
    /// Where statuses and results are put; nil for nowhere. Never made: an unmounted mount point looks like that.
    package var outbox: FilePath?
    /// Where sources are put when their tasks have ended; nil for the inbox, as `STEM.done.EXT`.
    package var archive: FilePath?
    package var inbox: FilePath
    package var words: ReportWords

    package init(outbox: FilePath?, archive: FilePath?, inbox: FilePath, words: ReportWords) {
        self.outbox = outbox
        self.archive = archive
        self.inbox = inbox
        self.words = words
    }

    /// Whether anything is to be put anywhere.
    package var isWanted: Bool { outbox != nil || archive != nil }

    /// What is wrong with the directories, each with how to mend it; empty where all can be written to.
    package func problems() -> [String] {
        let isArchiveTaken = archive.flatMap { archive in
            RealPath.of(archive).map { real in
                // A source that is put where files are taken from would become a task again and again.
                guard let inbox = RealPath.of(inbox), real.starts(with: inbox) else { return false }
                return true
            }
        }
        var problems = [outbox.flatMap { problem("outbox", $0) }, archive.flatMap { problem("archive", $0) }]
        if isArchiveTaken == true, let archive {
            problems.append(
                "the archive \(archive) lies in the inbox, where every file becomes a task; name another directory "
                    + "with levels.storage.archive")
        }
        return problems.compactMap { $0 }
    }

    private func problem(_ what: String, _ path: FilePath) -> String? {
        switch RealPath.access(path) {
        case .missing:
            "the \(what) \(path) is not there: make it (mkdir -p), mount it, or name another with "
                + "levels.storage.\(what)"
        case .noDirectory: "the \(what) \(path) is not a directory; name one with levels.storage.\(what)"
        case .refused: "the \(what) \(path) can't be written to by this user: give it read, write and search permission"
        case .good: nil
        }
    }
}
