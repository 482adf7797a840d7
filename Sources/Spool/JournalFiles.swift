import Glibc
import JSON
import SystemPackage

/// The files of one node's journal, to be read back. Safe beside the daemon that writes them.
package struct JournalFiles: Sendable {
    let directory: FilePath

    /// How much of a file is read back: what lies further from its end is left to people.
    static let readLimit = 16 << 20

    /// How much is read at first: some hundred events.
    private static let firstPiece = 64 << 10

    /// Names of the days' files, oldest first.
    func names() throws(SpoolError) -> [String] {
        try Syscalls.names(in: directory).filter {
            $0.hasSuffix(".jsonl") && $0.utf8.count == 16 && Timestamp(iso8601: String($0.dropLast(6))) != nil
        }.sorted()
    }

    /// The events of a day, oldest first, as far as ``readLimit`` goes. Lines that are no events are left out.
    func events(in name: String) throws(SpoolError) -> [TaskEvent] {
        try events(in: name, last: Self.readLimit).events
    }

    /// The events that lie whole in a file's last `count` bytes, and whether those were all of them.
    private func events(in name: String, last count: Int) throws(SpoolError) -> (events: [TaskEvent], isAll: Bool) {
        let path = directory.appending(name)
        let descriptor = try Syscalls.open(path, O_RDONLY)
        defer { close(descriptor) }
        var status = stat()
        try Syscalls.call("fstat", path) { fstat(descriptor, &status) }
        let start = max(0, Int(status.st_size) - count)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) - start)
        let length = try Syscalls.call("pread", path) {
            bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, start) }
        }
        let events = bytes[..<length].split(separator: UInt8(ascii: "\n")).compactMap {
            (try? JSONValue(parsing: $0)).flatMap(TaskEvent.init(json:))
        }
        return (events, start == 0)
    }

    /// The events with the numbers of `range`, in order.
    ///
    /// - Returns: Nil when not all of them are there: files were taken away, a line is damaged, or they lie further back
    ///   than ``readLimit`` bytes of a day.
    package func events(_ range: ClosedRange<Int>) throws(SpoolError) -> [TaskEvent]? {
        var found: [TaskEvent] = []
        for name in try names().reversed() {
            var piece = Self.firstPiece
            var (events, isAll) = try events(in: name, last: piece)
            // An event of which the beginning was cut off is not there: the one before it has to be.
            while !isAll, events.first.map({ $0.number > range.lowerBound }) ?? true, piece < Self.readLimit {
                piece *= 4
                (events, isAll) = try self.events(in: name, last: piece)
            }
            found = events.filter { range.contains($0.number) } + found
            if let first = events.first, first.number <= range.lowerBound { break }
            if !isAll { return nil }
        }
        let isComplete = found.count == range.count && zip(found, range).allSatisfy { $0.number == $1 }
        return isComplete ? found : nil
    }
}
