import Blocking
import CSupervisor
import Glibc
import Synchronization
import SystemCalls
import SystemPackage

/// A command with a supervisor over it, which ends as the command does, but not before all that this one started is gone.
struct SupervisedProcess: Sendable {
    enum End: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    private let identifier: pid_t
    private let state = State()

    /// - Parameters:
    ///   - environment: All that the command gets.
    ///   - output: Where its output and its errors go; it gets no other descriptor of ours.
    /// - Throws: Why it could not be started: there is no such program, say.
    static func start(
        _ program: FilePath, _ arguments: [String], environment: [String: String], in directory: FilePath, output: Int32
    ) async throws(Errno) -> SupervisedProcess {
        try await BlockingPool.run { () throws(Errno) in
            var words = ([program.string] + arguments).map { strdup($0) } + [nil]
            var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
            defer { for text in words + variables { free(text) } }
            var identifier = pid_t()
            let error = program.withPlatformString { program in
                directory.withPlatformString {
                    csupervisor_start(program, &words, &variables, $0, output, &identifier)
                }
            }
            if error != 0 { throw Errno(rawValue: error) }
            return SupervisedProcess(identifier: identifier)
        }
    }

    private init(identifier: pid_t) { self.identifier = identifier }

    /// How long the supervisor is given to end all: its own patience (`patience_seconds`), and two seconds.
    private static let patience = Duration.seconds(7)

    /// Waits for the end of all. A task that is cancelled has it end now: the supervisor is told so, also where the command
    /// stopped it, and killed if it has not ended after ``patience``. What it can't kill then, its caller must look for.
    func end() async -> End {
        let (identifier, state) = (identifier, state)
        return await withTaskCancellationHandler {
            await BlockingThread.run {
                var information = siginfo_t()
                // Not reaped yet: until it is, its number is nobody else's.
                _ = try? SystemCall.retry { waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) }
                state.end()
                var status: Int32 = 0
                guard (try? SystemCall.retry { waitpid(identifier, &status, 0) }) != nil else { return .exited(127) }
                return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
            }
        } onCancel: {
            state.send(SIGTERM, SIGCONT, to: identifier)
            state.whileRunning {
                guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
                state.send(SIGKILL, to: identifier)
            }
        }
    }

    /// Whether the supervisor may still be sent a signal.
    private final class State: Sendable {
        private struct Value {
            var isOver = false
            var task: Task<Void, Never>?
        }

        private let value = Mutex(Value())

        func send(_ signals: Int32..., to identifier: pid_t) {
            value.withLock { value in
                if value.isOver { return }
                for signal in signals { kill(identifier, signal) }
            }
        }

        /// Runs `body`, and cancels it when the supervisor ends.
        func whileRunning(_ body: @escaping @Sendable () async -> Void) {
            value.withLock { value in
                if !value.isOver { value.task = Task(operation: body) }
            }
        }

        func end() {
            value.withLock { value in
                value.isOver = true
                value.task?.cancel()
                value.task = nil
            }
        }
    }
}
