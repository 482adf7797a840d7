import Blocking
import HummingbirdCore
import JSON
import Logging
import NIOCore
import ServiceLifecycle
import Spool

extension EventStream {
    /// What the reader gets before what happens from now on: the events that it missed, or the tasks that there are.
    ///
    /// Not part of its caller, whose state is kept as long as the stream lasts.
    @inline(never)
    func sendBeginning(
        version: Int, _ writer: inout any ResponseBodyWriter, _ pending: PendingWrite
    ) async throws {
        try await write(EventFrames.opening, &writer, pending)
        switch start {
        case .now where status != nil:
            return try await write(
                EventFrames.resync(version: version, reason: "begin here: read the lists"), &writer, pending)
        case .now: break
        case .after(let number):
            if let missed = await events(after: number, upTo: version) {
                for event in missed where concerns(event) && !Task.isShuttingDownGracefully {
                    try await write(frames.frame(of: event), &writer, pending)
                }
                return
            }
            let reason = "the events after \(number) are not all in the journal, or too many"
            try await write(EventFrames.resync(version: version, reason: reason), &writer, pending)
        case .unknown:
            let reason = "the Last-Event-ID is none of this journal"
            try await write(EventFrames.resync(version: version, reason: reason), &writer, pending)
        }
        // Lists are paged for whoever reads in brief.
        if status == nil { try await sendSnapshot(version: version, &writer, pending) }
    }

    /// The events with numbers above `number`; nil when they can't be told without a gap.
    private func events(after number: Int, upTo version: Int) async -> [TaskEvent]? {
        // A number that is still to come is another journal's: this one was removed, or it is another daemon's.
        guard number <= version, version - number <= Self.longestResumption else { return nil }
        guard number < version else { return [] }
        let files = observer.journalFiles
        do {
            return try await BlockingPool.run { () throws(SpoolError) in try files.events(number + 1...version) }
        } catch {
            logger.error("can't read the journal", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// `event: snapshot`: the tasks there are, written piece by piece. Its id is the number of the newest event that it
    /// has in it, so that a reader that is cut off before the first event resumes as well.
    private func sendSnapshot(
        version: Int, _ writer: inout any ResponseBodyWriter, _ pending: PendingWrite
    ) async throws {
        try await write(EventFrames.snapshotHead(version: version), &writer, pending)
        if let only {
            if let task = await frames.task(only) {
                try await write(ByteBuffer(string: task.compact), &writer, pending)
            }
        } else {
            let pieces = try await BlockingPool.run { [index, shelf] () throws(SpoolError) in
                TaskPieces(try TaskListing(index, shelf, TaskQuery()))
            }
            while !Task.isShuttingDownGracefully, let piece = try await pieces.next() {
                if piece.readableBytes > 0 { try await write(piece, &writer, pending) }
            }
        }
        try await write(EventFrames.snapshotEnd, &writer, pending)
    }
}
