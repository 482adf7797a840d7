import Glibc
import SystemPackage

/// A program that a test started: the built openloom, a shell, git.
///
/// Killed with everything it started when the value goes.
final class Child: Sendable {
    let pid: pid_t
    /// Where its standard output and standard error go.
    let output: FilePath
    let errors: FilePath

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// - Parameter environment: All that it sees.
    init(
        _ path: String, _ arguments: [String], environment: [String: String], directory: FilePath, name: String,
        input: FilePath? = nil
    ) throws {
        output = directory.appending("\(name).out")
        errors = directory.appending("\(name).err")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input?.string ?? "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.string, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors.string, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        // Glibc hides the spawn action that changes the directory.
        let line = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory.string, path] + arguments
        var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, "/bin/sh", &actions, &attributes, &words, &variables)
        guard code == 0 else { throw Failure(description: "can't start \(path): \(Errno(rawValue: code))") }
        pid = child
    }

    deinit {
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Kills it as `kill -9` would, and waits until it is gone.
    func kill9() {
        kill(pid, SIGKILL)
        _ = waitForExit(within: .seconds(10))
    }

    /// Its exit code, or 128 and the signal's number; nil if it still runs.
    func waitForExit(within patience: Duration) -> Int32? {
        var result: Int32?
        _ = Eventually.blocking(within: patience) {
            var info = siginfo_t()
            // Left to be reaped by deinit, so that the pid stays ours.
            guard waitid(P_PID, id_t(self.pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0, info.si_signo != 0 else {
                return false
            }
            let status = info._sifields._sigchld.si_status
            result = info.si_code == CLD_EXITED ? status : 128 + status
            return true
        }
        return result
    }

    var outputText: String { Files.text(output) ?? "" }
    var errorText: String { Files.text(errors) ?? "" }
}
