import Glibc
import JSON
import SystemPackage

/// `journal/NODE/YYYY-MM-DD.jsonl`: what this daemon observed, a line per event, numbered without gaps.
///
/// One writer: the daemon that holds the node's lock. Not safe for use from two tasks at once.
package struct Journal {
    private let directory: FilePath
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

    /// How much of the newest files is read back on start.
    private static let replayLimit = 16 << 20

    /// Opens the node's journal and goes on counting where it ended.
    ///
    /// A last line that a crash cut off is no event: it is ended with a newline and its number used again.
    package init(_ spool: SpoolDirectory, node: String) throws(SpoolError) {
        directory = spool.paths.journal.appending(node)
        try Syscalls.ensureDirectory(directory)
        lastNumber = 0
        let files = try Self.files(in: directory)
        day = files.last.map { String($0.dropLast(".jsonl".count)) } ?? ""
        replayStart = try Self.replayStart(files, in: directory)
        for name in files.reversed() {
            let path = directory.appending(name)
            try Self.mendLastLine(path)
            if let last = try Self.events(in: path).last {
                lastNumber = last.number
                break
            }
        }
    }

    private static func files(in directory: FilePath) throws(SpoolError) -> [String] {
        try Syscalls.names(in: directory).filter {
            $0.hasSuffix(".jsonl") && $0.utf8.count == 16 && Timestamp(iso8601: String($0.dropLast(6))) != nil
        }.sorted()
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

    private static func events(in path: FilePath) throws(SpoolError) -> [TaskEvent] {
        let descriptor = try Syscalls.open(path, O_RDONLY)
        defer { close(descriptor) }
        var status = stat()
        try Syscalls.call("fstat", path) { fstat(descriptor, &status) }
        let start = max(0, Int(status.st_size) - replayLimit)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) - start)
        let count = try Syscalls.call("pread", path) {
            bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, start) }
        }
        return bytes[..<count].split(separator: UInt8(ascii: "\n")).compactMap {
            (try? JSONValue(parsing: $0)).flatMap(TaskEvent.init(json:))
        }
    }

    private static let replayedFiles = 2

    private static func replayStart(_ files: [String], in directory: FilePath) throws(SpoolError) -> Timestamp? {
        let replayed = files.suffix(replayedFiles)
        var isAll = replayed.count == files.count
        var start: Timestamp?
        for name in replayed {
            let path = directory.appending(name)
            if let status = try Syscalls.status(path), status.st_size > replayLimit { isAll = false }
            if start == nil { start = try events(in: path).first?.time }
        }
        return isAll ? nil : start
    }

    /// The events of the last files, oldest first, bounded: what is known of tasks that changed while no daemon ran.
    package func recent() throws(SpoolError) -> [TaskEvent] {
        var events: [TaskEvent] = []
        for name in try Self.files(in: directory).suffix(Self.replayedFiles) {
            events += try Self.events(in: directory.appending(name))
        }
        return events
    }

    /// Writes an event with the next number. It is in the journal when this returns, and on disk soon after: a journal
    /// tells what was seen, the tree what is.
    package mutating func append(
        _ kind: TaskEvent.Kind, id: TaskID, name: String, status: String
    ) throws(SpoolError) -> TaskEvent {
        let event = TaskEvent(number: lastNumber &+ 1, kind: kind, id: id, name: name, status: status)
        day = max(day, event.time.day)
        let path = directory.appending("\(day).jsonl")
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
