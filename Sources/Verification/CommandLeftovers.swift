import Glibc
import SystemCalls

/// Processes that a command left behind although its supervisor was killed, found by what they inherited and can't have by
/// chance: a variable that every command of ours gets.
enum CommandLeftovers {
    /// The variable. Its value is that of one command.
    static let variable = "OPENLOOM_CHECK"

    /// Kills until none is left, or for so many rounds: they may start others while they are looked for.
    ///
    /// - Parameters:
    ///   - mark: The variable's value.
    ///   - isPrefix: Whether that is only what it begins with.
    static func kill(mark: String, isPrefix: Bool = false) {
        for _ in 0..<20 {
            let found = processes(mark: mark, isPrefix: isPrefix)
            if found.isEmpty { return }
            for process in found { Glibc.kill(process, SIGKILL) }
            sched_yield()
        }
    }

    static func processes(mark: String, isPrefix: Bool = false) -> [pid_t] {
        guard let stream = opendir("/proc") else { return [] }
        defer { closedir(stream) }
        let wanted = Array("\(variable)=\(mark)".utf8) + (isPrefix ? [] : [0])
        var found: [pid_t] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let process = pid_t(name), process != getpid(), isAlive(process), has(process, wanted) else {
                continue
            }
            found.append(process)
        }
        return found
    }

    /// Not one that has ended and only waits for its parent to notice.
    private static func isAlive(_ process: pid_t) -> Bool {
        guard let bytes = read("/proc/\(process)/stat", limit: 4096),
            let paren = bytes.lastIndex(of: UInt8(ascii: ")")), paren + 2 < bytes.count
        else { return false }
        return bytes[paren + 2] != UInt8(ascii: "Z") && bytes[paren + 2] != UInt8(ascii: "X")
    }

    private static func has(_ process: pid_t, _ wanted: [UInt8]) -> Bool {
        // Those of other users can't be read, and are none of ours.
        guard let bytes = read("/proc/\(process)/environ", limit: 1 << 20) else { return false }
        var start = 0
        while start < bytes.count {
            if bytes[start...].starts(with: wanted) { return true }
            guard let end = bytes[start...].firstIndex(of: 0) else { return false }
            start = end + 1
        }
        return false
    }

    private static func read(_ path: String, limit: Int) -> [UInt8]? {
        guard let file = try? Syscalls.open(path, O_RDONLY) else { return nil }
        let number = file.number
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while bytes.count < limit {
            guard
                let count = try? SystemCall.retry({
                    buffer.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, $0.count) }
                })
            else { return bytes.isEmpty ? nil : bytes }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
