import Glibc
package import JSON

/// `log.jsonl`: everything that happened to a task, a line each, numbered from 1.
package enum TaskLog {
    /// How much of the end is read to find the last number; a line of ours is far shorter.
    private static let tail = 64 * 1024

    /// Appends one line with one write(2), so that a reader never sees half of one.
    ///
    /// The number is taken from the last line under a lock: the daemon, a command and a script that uses the command
    /// may all write here.
    package static func append(_ event: String, _ fields: JSONObject = [:], to task: TaskPaths) throws(SpoolError) {
        let descriptor = try Syscalls.open(task.log, O_RDWR | O_CREAT | O_APPEND)
        defer { close(descriptor) }
        try Syscalls.call("flock", task.log) { flock(descriptor, LOCK_EX) }
        let end = try readEnd(descriptor, task)
        // A line that a full disk cut off is ended first, or it would swallow this one.
        let text = (end.isCutOff ? "\n" : "") + line(end.number &+ 1, event, fields)
        try Syscalls.writeAll(descriptor, text.utf8, path: task.log)
    }

    /// The first line of the log of a task that nobody else knows of yet.
    static func first(_ event: String, _ fields: JSONObject) -> String { line(1, event, fields) }

    private static func line(_ number: Int, _ event: String, _ fields: JSONObject) -> String {
        var line: JSONObject = [
            "seq": .int(number),
            "time": .string(Timestamp.now().iso8601),
            "event": .string(event),
        ]
        for (name, value) in fields { line[name] = value }
        return JSONValue.object(line).compact + "\n"
    }

    /// The last number, and whether the last line lacks its newline.
    private static func readEnd(
        _ descriptor: Int32, _ task: TaskPaths
    ) throws(SpoolError) -> (number: Int, isCutOff: Bool) {
        var status = stat()
        try Syscalls.call("fstat", task.log) { fstat(descriptor, &status) }
        let start = max(0, Int(status.st_size) - tail)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) - start)
        let count = try Syscalls.call("pread", task.log) {
            bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, start) }
        }
        let newline = UInt8(ascii: "\n")
        let isCutOff = bytes[..<count].last.map { $0 != newline } ?? false
        for line in bytes[..<count].split(separator: newline).reversed() {
            if let number = try? JSONValue(parsing: line)["seq"]?.int { return (number, isCutOff) }
        }
        return (0, isCutOff)
    }

    /// The last lines of a log, as many as lie in its last 64 KiB, and at most `limit`.
    package static func lastLines(of task: TaskPaths, limit: Int) throws(SpoolError) -> [JSONValue] {
        let descriptor: Int32
        do {
            descriptor = try Syscalls.openRegular(task.log)
        } catch  where error.code == .taskNotFound {
            return []
        }
        defer { close(descriptor) }
        var status = stat()
        try Syscalls.call("fstat", task.log) { fstat(descriptor, &status) }
        let start = max(0, Int(status.st_size) - tail)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) - start)
        let count = try Syscalls.call("pread", task.log) {
            bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, start) }
        }
        // What the piece begins with may be the end of a line: no JSON then, and left out.
        return bytes[..<count].split(separator: UInt8(ascii: "\n")).suffix(limit)
            .compactMap { try? JSONValue(parsing: $0) }.filter { $0.object != nil }
    }

    /// The lines of a log, at most the last `limit`; lines that are no JSON objects are left out.
    package static func lines(of task: TaskPaths, limit: Int = 10_000) throws(SpoolError) -> [JSONValue] {
        guard let bytes = try Syscalls.read(task.log, limit: 64 << 20) else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).suffix(limit).compactMap { try? JSONValue(parsing: $0) }
    }
}
