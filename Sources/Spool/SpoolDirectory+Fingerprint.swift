import Glibc
import SystemPackage

/// What files look like from outside, in a number: another one when something was written, made or removed.
package struct TaskFingerprint: Sendable, Hashable {
    /// FNV-1a over all that was taken, eight bytes at a time.
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    package mutating func combine(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            hash = (hash ^ (number >> UInt64(shift) & 0xFF)) &* 0x100_0000_01B3
        }
    }

    package mutating func combine(_ other: TaskFingerprint) { combine(other.hash) }

    mutating func combine(_ text: String) {
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    /// Takes what a file shows without being read.
    mutating func combine(_ status: stat?) {
        guard let status else { return combine(0) }
        combine(UInt64(status.st_ino))
        combine(UInt64(bitPattern: Int64(status.st_size)))
        for time in [status.st_mtim, status.st_ctim] {
            combine(UInt64(bitPattern: Int64(time.tv_sec)))
            combine(UInt64(bitPattern: Int64(time.tv_nsec)))
        }
    }

    /// Sixteen hexadecimal digits.
    package var text: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension SpoolDirectory {
    /// The fingerprint of all that ``snapshot(_:in:)`` and what is shown with it would read, reading none of them;
    /// nil when the task is not there.
    package func fingerprint(_ id: TaskID, in state: TaskState) throws(SpoolError) -> TaskFingerprint? {
        let task = paths.task(id, in: state)
        guard let directory = try Syscalls.status(task.directory) else { return nil }
        var fingerprint = TaskFingerprint()
        fingerprint.combine(id.rawValue)
        fingerprint.combine(state.rawValue)
        fingerprint.combine(UInt64(directory.st_ino))
        // Shown as the time of the last update.
        fingerprint.combine(UInt64(bitPattern: Int64(directory.st_mtim.tv_sec)))
        fingerprint.combine(UInt64(bitPattern: Int64(directory.st_mtim.tv_nsec)))
        for file in [
            task.spec, task.session, task.hold, task.cancel, task.archived, task.verdict, task.reason, task.result,
            task.activity, task.retry, task.attempts, task.asks, task.log,
        ] { fingerprint.combine(try Syscalls.status(file)) }
        if state == .new, mayWait(task) {
            // Shown with it is what became of other tasks, which shows in the directories that they leave and enter.
            for state in TaskState.allCases { fingerprint.combine(try Syscalls.status(paths.directory(of: state))) }
        }
        if state == .running {
            for ask in try openAsks(task) {
                fingerprint.combine(ask)
                fingerprint.combine(try Syscalls.status(task.asks.appending("\(ask).json")))
            }
        }
        return fingerprint
    }

    /// Whether the spec may name other tasks: a goal that speaks of `"after"` looks the same.
    private func mayWait(_ task: TaskPaths) -> Bool {
        guard let bytes = (try? Syscalls.read(task.spec, limit: 64 << 20)) ?? nil else { return false }
        // JSON holds no zero byte that could end the text early.
        return (bytes + [0]).withUnsafeBytes { text in
            guard let start = text.baseAddress else { return false }
            return strstr(start.assumingMemoryBound(to: CChar.self), "\"after\"") != nil
        }
    }

    /// The same wherever the task is.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound``.
    package func fingerprint(_ id: TaskID) throws(SpoolError) -> TaskFingerprint {
        for _ in 0..<3 {
            let (_, state) = try locate(id)
            if let fingerprint = try fingerprint(id, in: state) { return fingerprint }
        }
        throw SpoolError(.taskNotFound, "find", paths.root.appending(id.rawValue), errno: .noSuchFileOrDirectory)
    }
}
