import Blocking
import Glibc
import Spool
import SystemCalls
import SystemPackage

/// One command, run to its end and not a moment longer.
///
/// It leads a session of its own, has no standard input, no descriptor of ours but the one for its output, and of our
/// environment no more than named variables. When it has ended, or its time is over, everything that it started is
/// killed by its supervisor (``SupervisedProcess``); only then is its output complete. Where it killed its supervisor and hid
/// a process from us, that may hold the output open: it is read for ``outputPatience`` more, and closed.
struct CommandRun: Sendable {
    enum End: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
        /// The calling task was cancelled.
        case cancelled
        case notStarted(String)
    }

    var command: VerifyCommand
    var workspace: FilePath
    /// What ``CommandLeftovers`` knows its processes by.
    var mark: String
    /// Looks up a variable of ours.
    var environment: @Sendable (String) -> String? = { getenv($0).map { String(cString: $0) } }

    /// How long output is read on when nothing of the command is left that we know of, in milliseconds. What lies in the pipe
    /// takes far less.
    private static let outputPatience: Int64 = 1000

    func run() async -> (end: End, output: OutputKeeper) {
        let nothing = OutputKeeper(limit: command.outputLimit)
        let directory: FilePath
        let account: UserAccount?
        do {
            let file = WorkspaceFile(workspace: workspace)
            directory = workspace.pushing(try file.resolve(FilePath(command.directory ?? ".")))
            account = try command.user.map { name throws(UserAccount.Unknown) in try UserAccount(name) }
        } catch let failure as WorkspaceFile.Failure {
            return (.notStarted("its directory \(command.directory ?? ".") \(failure.reason)"), nothing)
        } catch let unknown as UserAccount.Unknown {
            return (.notStarted("the system has no user \(unknown.name)"), nothing)
        } catch {
            return (.notStarted("\(error)"), nothing)
        }
        let ends: (read: Int32, write: Int32)
        // Its other end is closed when the command has ended.
        let over: (read: Int32, write: Int32)
        do {
            ends = try Syscalls.pipe()
            do {
                over = try Syscalls.pipe()
            } catch {
                close(ends.read)
                close(ends.write)
                throw error
            }
        } catch {
            return (.notStarted("no pipe: \(error)"), nothing)
        }
        let limit = command.outputLimit
        async let output = BlockingThread.run { Self.read(ends.read, until: over.read, limit: limit) }
        let end = await timed(directory, account, ends.write)
        // Only where the supervisor itself was killed is there still something to find.
        let mark = mark
        await BlockingPool.run { CommandLeftovers.kill(mark: mark) }
        close(over.write)
        return (end, await output)
    }

    private func timed(_ directory: FilePath, _ account: UserAccount?, _ output: Int32) async -> End {
        await withTaskGroup(of: End?.self) { group in
            group.addTask { await started(directory, account, output) }
            group.addTask { [seconds = command.timeoutSeconds] in
                try? await Task.sleep(for: .seconds(seconds))
                return Task.isCancelled ? nil : .timedOut
            }
            var first: End?
            while let end = await group.next() {
                // The clock that was stopped says nothing.
                guard let end else { continue }
                if first == nil {
                    first = end
                    group.cancelAll()
                }
            }
            if Task.isCancelled, first != .timedOut { return .cancelled }
            return first ?? .cancelled
        }
    }

    /// Ends when nothing is left of it. Cancelled, it kills all of it.
    private func started(_ directory: FilePath, _ account: UserAccount?, _ output: Int32) async -> End {
        let variables = variables(account)
        var (executable, arguments): (FilePath, [String]) =
            switch command.line {
            case .shell(let text): ("/bin/sh", ["-c", text])
            case .arguments(let words):
                (program(words[0], directory, path: variables["PATH"] ?? ""), Array(words.dropFirst()))
            }
        if let account, account.user != geteuid() {
            guard geteuid() == 0 else {
                close(output)
                return .notStarted("only a daemon of root may run it as \(account.name)")
            }
            (executable, arguments) = account.asUser(executable, arguments)
        }
        let process: SupervisedProcess
        do throws(Errno) {
            defer { close(output) }
            if Task.isCancelled { return .cancelled }
            process = try await SupervisedProcess.start(
                executable, arguments, environment: variables, in: directory, output: output)
        } catch {
            return .notStarted("\(executable): \(error)")
        }
        switch await process.end() {
        case .exited(let code): return .exited(code)
        case .signalled(let signal): return .signalled(signal)
        }
    }

    /// A program with a slash is looked for from the directory, any other on the `PATH` that it gets.
    private func program(_ word: String, _ directory: FilePath, path: String) -> FilePath {
        if word.hasPrefix("/") { return FilePath(word) }
        if word.contains("/") { return directory.pushing(FilePath(word)) }
        for folder in path.split(separator: ":") where folder.hasPrefix("/") {
            let candidate = FilePath(String(folder)).appending(word)
            if candidate.withPlatformString({ access($0, X_OK) }) == 0 { return candidate }
        }
        // Not there, and it will be said so.
        return FilePath("/usr/bin").appending(word)
    }

    private func variables(_ account: UserAccount?) -> [String: String] {
        var result = ["PATH": "/usr/local/bin:/usr/bin:/bin", CommandLeftovers.variable: mark]
        for name in VerifyCommand.usualVariables + command.environment where name != CommandLeftovers.variable {
            if let value = environment(name) { result[name] = value }
        }
        if let account {
            result["HOME"] = account.home
            result["USER"] = account.name
            result["LOGNAME"] = account.name
        }
        return result
    }

    /// Reads all there is, and keeps what may be kept. Ends with the output, or ``outputPatience`` after `over` did.
    private static func read(_ descriptor: Int32, until over: Int32, limit: Int) -> OutputKeeper {
        defer {
            close(descriptor)
            close(over)
        }
        var keeper = OutputKeeper(limit: limit)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var deadline: Int64?
        while true {
            var files = [descriptor, over].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            if let deadline {
                let rest = deadline - Syscalls.milliseconds
                // Less than no descriptor: it is not looked at.
                files[1].fd = -1
                guard rest > 0, let ready = try? SystemCall.retry({ poll(&files, 2, Int32(rest)) }), ready > 0
                else { return keeper }
            } else {
                guard (try? SystemCall.retry({ poll(&files, 2, -1) })) != nil else { return keeper }
                if files[1].revents != 0 { deadline = Syscalls.milliseconds + outputPatience }
            }
            guard files[0].revents != 0 else { continue }
            let count = try? SystemCall.retry {
                buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            }
            guard let count, count > 0 else { return keeper }
            keeper.append(buffer[..<count])
        }
    }
}

/// Somebody of the system's users.
struct UserAccount: Sendable {
    struct Unknown: Error {
        var name: String
    }

    var name: String
    var user: uid_t
    var group: gid_t
    var home: String

    init(_ name: String) throws(Unknown) {
        var record = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1 << 14)
        guard getpwnam_r(name, &record, &buffer, buffer.count, &found) == 0, found != nil else {
            throw Unknown(name: name)
        }
        self.name = name
        user = record.pw_uid
        group = record.pw_gid
        home = record.pw_dir.map { String(cString: $0) } ?? "/"
    }

    /// A command line that becomes that user before it runs the program: util-linux's `setpriv`, a process with one
    /// thread. To change users between fork and exec is not safe in one with several: the C library waits there for
    /// threads that the fork did not bring along.
    func asUser(_ program: FilePath, _ arguments: [String]) -> (FilePath, [String]) {
        let words = ["--reuid=\(user)", "--regid=\(group)", "--clear-groups", "--", program.string]
        return ("/usr/bin/setpriv", words + arguments)
    }
}

extension WorkspaceFile.Failure {
    /// To follow a path.
    var reason: String {
        switch self {
        case .missing: "is not there"
        case .outside: "leads out of the workspace"
        case .unusable(let reason): "can't be looked at: \(reason)"
        }
    }
}
