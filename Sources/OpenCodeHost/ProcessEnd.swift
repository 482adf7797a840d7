import Glibc

/// How a process ended.
package enum ProcessEnd: Sendable, Hashable, CustomStringConvertible {
    case exited(code: Int32)
    case killed(signal: Int32)
    /// It was no child of ours: the kernel tells its parent alone.
    case unknown

    package var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .killed(let signal): "signal \(signal)"
        case .unknown: "it was no child of this process, so nobody said how"
        }
    }

    /// Takes the dead child off the process table, if it is one of ours and still there. Does not wait.
    @discardableResult
    static func reap(_ process: ProcessIdentity) -> ProcessEnd {
        let pid = process.pid
        // Its number may be that of a later child, whose end is for others to learn.
        guard ProcessTable.entry(pid)?.identity == process else { return .unknown }
        var status: Int32 = 0
        while true {
            let result = waitpid(pid, &status, WNOHANG)
            if result == -1, errno == EINTR { continue }
            guard result == pid else { return .unknown }
            break
        }
        // The macros of <sys/wait.h> are not visible from Swift: the low 7 bits are the signal, the next 8 the code.
        let signal = status & 0x7F
        return signal == 0 ? .exited(code: (status >> 8) & 0xFF) : .killed(signal: signal)
    }
}
