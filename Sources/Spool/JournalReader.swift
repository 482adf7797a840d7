import Glibc
import JSON
import SystemPackage

/// Reads one node's journal forwards from a number on, piece by piece, beside the daemon that writes it.
///
/// Holds one piece in memory, whatever the journal's size; finds its place in a day's file by bisection. Not safe for
/// use from two tasks at once.
package struct JournalReader {
    private let files: JournalFiles
    private var file: String?
    private var offset = 0
    private var unsynced: Set<String> = []
    private var isDirectorySynced = false
    /// The last event that was given, or that reading began after.
    package private(set) var number: Int

    /// How much is read at once: about a thousand events.
    private static let piece = 256 << 10

    package init(_ files: JournalFiles, after number: Int) {
        self.files = files
        self.number = number
    }

    /// The next events, oldest first; empty when there are no more at present.
    ///
    /// A last line without its end is not there yet. Lines that are no events are left out, so that numbers may have
    /// gaps here.
    package mutating func next() throws(SpoolError) -> [TaskEvent] {
        if file == nil { try seek() }
        while let name = file {
            if let events = try read(name) {
                if events.isEmpty { continue }
                return events
            }
            // A day's file is not written to once there is a later one; but what came before that one has to be read.
            guard let later = try files.names().first(where: { $0 > name }) else { return [] }
            if let events = try read(name) {
                if events.isEmpty { continue }
                return events
            }
            (file, offset) = (later, 0)
        }
        return []
    }

    /// Makes the events that were given survive a power cut: their numbers are not used again after it.
    package mutating func sync() throws(SpoolError) {
        if !isDirectorySynced { try Syscalls.syncDirectory(files.directory) }
        isDirectorySynced = true
        for name in unsynced.sorted() { try Syscalls.syncFile(files.directory.appending(name)) }
        unsynced = []
    }

    /// The events of the next piece beyond ``number``; nil at the end of the file.
    private mutating func read(_ name: String) throws(SpoolError) -> [TaskEvent]? {
        let path = files.directory.appending(name)
        let descriptor = try Syscalls.open(path, O_RDONLY)
        defer { close(descriptor) }
        let bytes = try Self.bytes(descriptor, from: offset, path)
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
            // No line of ours is as long as a piece.
            if bytes.count < Self.piece { return nil }
            offset += bytes.count
            return []
        }
        offset += end + 1
        let events = bytes[...end].split(separator: UInt8(ascii: "\n")).compactMap {
            (try? JSONValue(parsing: $0)).flatMap(TaskEvent.init(json:))
        }.filter { $0.number > number }
        if let last = events.last {
            number = last.number
            if unsynced.insert(name).inserted, offset == end + 1 { isDirectorySynced = false }
        }
        return events
    }

    private static func bytes(_ descriptor: Int32, from offset: Int, _ path: FilePath) throws(SpoolError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: piece)
        let count = try Syscalls.call("pread", path) {
            bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, offset) }
        }
        return Array(bytes[..<count])
    }

    /// Finds the file and the place in it where the first event after ``number`` may stand, or one before it.
    private mutating func seek() throws(SpoolError) {
        let names = try files.names()
        for name in names.reversed() {
            guard let first = try firstNumber(in: name, from: 0), first.number <= number + 1 || name == names.first
            else { continue }
            file = name
            offset = try place(in: name)
            return
        }
        file = names.first
    }

    /// The beginning of a line, none of whose events before it is beyond ``number``.
    private func place(in name: String) throws(SpoolError) -> Int {
        let size = try Syscalls.status(files.directory.appending(name)).map { Int($0.st_size) } ?? 0
        var (low, high) = (0, size)
        while high - low > Self.piece {
            let middle = (low + high) / 2
            if let found = try firstNumber(in: name, from: middle), found.number <= number {
                low = found.start
            } else {
                high = middle
            }
        }
        return low
    }

    /// The first event of which the whole line lies behind `offset`, and where it begins; nil if there is none in the
    /// next piece.
    private func firstNumber(in name: String, from offset: Int) throws(SpoolError) -> (number: Int, start: Int)? {
        let path = files.directory.appending(name)
        let descriptor = try Syscalls.open(path, O_RDONLY)
        defer { close(descriptor) }
        let bytes = try Self.bytes(descriptor, from: offset, path)
        var start = bytes.startIndex
        if offset > 0 {
            guard let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            start = newline + 1
        }
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if let event = (try? JSONValue(parsing: bytes[start..<end])).flatMap(TaskEvent.init(json:)) {
                return (event.number, offset + start)
            }
            start = end + 1
        }
        return nil
    }
}
