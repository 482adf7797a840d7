import Glibc
import SystemPackage

/// A program that we started. Killed when the value goes; Ctrl-C reaches it as it reaches us.
final class Child: Sendable {
    let pid: pid_t
    let started: ContinuousClock.Instant
    /// The reading end of its standard output.
    private let output: Int32

    /// - Parameters:
    ///   - home: What it takes for the user's home; `NAME.err` there gets its standard error.
    init(_ arguments: [String], name: String, home: FilePath) throws {
        guard let program = arguments.first else { throw BenchFailure("no program to start") }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw BenchFailure("no pipe: \(Errno(rawValue: errno))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let errors = home.appending("\(name).err").string
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // We may be on a thread that blocks signals; the program must not inherit that, or it could not be stopped.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var environment = ["HOME=\(home)", "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"]
        if let libraries = getenv("LD_LIBRARY_PATH") {
            environment.append("LD_LIBRARY_PATH=\(String(cString: libraries))")
        }
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var child: pid_t = 0
        started = .now
        let code = posix_spawnp(&child, program, &actions, &attributes, &words, &variables)
        close(ends[1])
        guard code == 0 else {
            close(ends[0])
            throw BenchFailure("can't start \(program): \(Errno(rawValue: code))")
        }
        pid = child
        output = ends[0]
    }

    deinit {
        kill(pid, SIGKILL)
        _ = wait()
        close(output)
    }

    /// Waits for its end; its exit code, or 128 and the signal's number. Nil when it has been waited for already.
    func wait() -> Int32? {
        var status: Int32 = 0
        guard waitpid(pid, &status, 0) == pid else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    func stop() {
        kill(pid, SIGTERM)
        _ = wait()
    }

    /// The port in the first line that it prints with an address in it.
    func announcedPort() throws -> Int {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while text.utf8.count < 64 * 1024 {
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 60_000) == 1 else { break }
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else { break }
            text += String(decoding: buffer[..<count], as: UTF8.self)
            if text.contains("\n"), let range = text.firstRange(of: "127.0.0.1:") {
                if let port = Int(text[range.upperBound...].prefix(while: \.isNumber)) { return port }
            }
        }
        throw BenchFailure("it printed no address, but: \(text)")
    }

    /// The memory that it occupies, in MiB.
    func residentMemory() throws -> Double {
        let lines = Disk.text(FilePath("/proc/\(pid)/status"))?.split(separator: "\n") ?? []
        guard let line = lines.first(where: { $0.hasPrefix("VmRSS:") }),
            let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Double($0) })
        else { throw BenchFailure("process \(pid) says nothing of its memory") }
        return kibibytes / 1024
    }
}
