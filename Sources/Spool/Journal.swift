import Glibc
import JSON
import SystemPackage

/// `journal/NODE/YYYY-MM-DD.jsonl`: what this daemon observed, a line per event, numbered without gaps.
///
/// One writer: the daemon that holds the node's lock. Not safe for use from two tasks at once.
package struct Journal {
    package let files: JournalFiles
    private var lastNumber: Int
    /// The newest file's day. A clock that is set back must not send events into an older file: numbers go up from
    /// file to file.
    private var day = ""
    /// The time of the oldest event that ``recent()`` gives; nil when those are all that there ever were.
    package let replayStart: Timestamp?
    /// Whether a write failed in the middle of a line.
    private var isCutOff = false

    /// The number of the newest event; 0 before the first.
    package var number: Int { lastNumber }

    /// Opens the node's journal and goes on counting where it ended.
    ///
    /// A last line that a crash cut off is no event: it is ended with a newline and its number used again.
    package init(_ spool: SpoolDirectory, node: String) throws(SpoolError) {
        files = JournalFiles(directory: spool.paths.journal.appending(node))
        try Syscalls.ensureDirectory(files.directory)
        lastNumber = 0
        let names = try files.names()
        day = names.last.map { String($0.dropLast(".jsonl".count)) } ?? ""
        replayStart = try Self.replayStart(names, of: files)
        for name in names.reversed() {
            try Self.mendLastLine(files.directory.appending(name))
            if let last = try files.events(in: name).last {
                lastNumber = last.number
                break
            }
        }
    }

    private static func mendLastLine(_ path: FilePath) throws(SpoolError) {
        let descriptor = try Syscalls.open(path, O_RDWR | O_APPEND)
        defer { close(descriptor) }
        var status = stat()
        try Syscalls.call("fstat", path) { fstat(descriptor, &status) }
        guard status.st_size > 0 else { return }
        var byte: UInt8 = 0
        try Syscalls.call("pread", path) { pread(descriptor, &byte, 1, status.st_size - 1) }
        if byte != UInt8(ascii: "\n") { try Syscalls.writeAll(descriptor, [UInt8(ascii: "\n")], path: path) }
    }

    private static let replayedFiles = 2

    private static func replayStart(_ names: [String], of files: JournalFiles) throws(SpoolError) -> Timestamp? {
        let replayed = names.suffix(replayedFiles)
        var isAll = replayed.count == names.count
        var start: Timestamp?
        for name in replayed {
            let status = try Syscalls.status(files.directory.appending(name))
            if let status, status.st_size > JournalFiles.readLimit { isAll = false }
            if start == nil { start = try files.events(in: name).first?.time }
        }
        return isAll ? nil : start
    }

    /// The events of the last files, oldest first, bounded: what is known of tasks that changed while no daemon ran.
    package func recent() throws(SpoolError) -> [TaskEvent] {
        var events: [TaskEvent] = []
        for name in try files.names().suffix(Self.replayedFiles) { events += try files.events(in: name) }
        return events
    }

    /// Writes an event with the next number. It is in the journal when this returns, and on disk soon after: a journal
    /// tells what was seen, the tree what is.
    package mutating func append(
        _ kind: TaskEvent.Kind, id: TaskID, name: String, status: String
    ) throws(SpoolError) -> TaskEvent {
        let event = TaskEvent(number: lastNumber &+ 1, kind: kind, id: id, name: name, status: status)
        day = max(day, event.time.day)
        let path = files.directory.appending("\(day).jsonl")
        let descriptor = try Syscalls.open(path, O_WRONLY | O_CREAT | O_APPEND)
        defer { close(descriptor) }
        let text = (isCutOff ? "\n" : "") + event.json.compact + "\n"
        isCutOff = true
        try Syscalls.writeAll(descriptor, text.utf8, path: path)
        isCutOff = false
        lastNumber = event.number
        return event
    }
}
