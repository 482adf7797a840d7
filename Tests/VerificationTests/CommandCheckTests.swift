import Glibc
import Spool
import SystemPackage
import Testing

@testable import Verification

@Suite(.timeLimit(.minutes(3))) struct CommandCheckTests {
    private let workspace: CheckWorkspace

    init() throws { workspace = try CheckWorkspace() }

    private func log(_ result: CheckResult) -> String {
        result.log.flatMap { workspace.text(workspace.results.appending($0)) } ?? ""
    }

    /// Waits for a fact about processes, which end a moment after they were killed.
    private func isGone(_ process: String?) -> Bool {
        guard let process = process.flatMap({ pid_t($0.filter(\.isNumber)) }) else { return false }
        for _ in 0..<2000 {
            if kill(process, 0) != 0 || zombie(process) { return true }
            usleep(1000)
        }
        return false
    }

    private func zombie(_ process: pid_t) -> Bool {
        workspace.text(FilePath("/proc/\(process)/stat"))?.split(separator: ")").last?.hasPrefix(" Z") ?? true
    }

    @Test func exitStatus_decides_andOutputIsKept() async throws {
        let good = try await workspace.run("echo out; echo err >&2")
        #expect(good.passed && good.found == "exit status 0")
        #expect(log(good) == "out\nerr\n")
        let bad = try await workspace.run("echo no; exit 3")
        #expect(bad.outcome == .failed && bad.found == "exit status 3" && bad.tail == "no\n")
        let killed = try await workspace.run("kill -TERM $$")
        #expect(killed.found == "it was killed by signal 15")
    }

    @Test func command_runsInTheWorkspace_withNothingOfOurs() async throws {
        setenv("OPENLOOM_TEST_SECRET", "hunter2", 1)
        setenv("OPENLOOM_TEST_NAMED", "seen", 1)
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        try workspace.makeDirectory("sub")
        let result = try await workspace.run(
            "pwd; env; ls /proc/self/fd | wc -l; cat; ps -o sid= -p $$ || true; echo $$"
        ) {
            $0.directory = "sub"
            $0.environment = ["OPENLOOM_TEST_NAMED", "OPENLOOM_TEST_MISSING"]
        }
        let lines = log(result).split(separator: "\n")
        #expect(lines.first.map(String.init) == workspace.path.appending("sub").string)
        #expect(lines.contains("OPENLOOM_TEST_NAMED=seen"))
        #expect(!log(result).contains("hunter2"))
        // 0, 1, 2, and the directory that ls itself has open.
        #expect(lines.contains("4"), "\(lines)")
    }

    @Test func argumentList_isNoShellLine() async throws {
        let result = try await workspace.make(.run(VerifyCommand(.arguments(["printf", "%s|", "a b", "$HOME", "*"]))))
        #expect(log(result) == "a b|$HOME|*|")
    }

    @Test(arguments: [["no-such-program-here"], ["./missing"], ["/nowhere/x"]])
    func programThatIsNotThere_isAnError(words: [String]) async throws {
        let result = try await workspace.make(.run(VerifyCommand(.arguments(words))))
        #expect(result.outcome == .error)
        #expect(result.found.hasPrefix("it could not be started"))
    }

    @Test(arguments: [("no/such", "is not there"), ("away", "leads out")])
    func directoryThatIsNone_isAnError(directory: String, words: String) async throws {
        try workspace.link("away", to: "/tmp")
        let result = try await workspace.run("true") { $0.directory = directory }
        #expect(result.outcome == .error && result.found.contains(words), "\(result.found)")
    }

    @Test func userThatIsUnknown_isAnError() async throws {
        let result = try await workspace.run("true") { $0.user = "no-such-user-here" }
        #expect(result.outcome == .error && result.found.contains("no user no-such-user-here"))
    }

    @Test(.enabled(if: getuid() == 0, "only root may run as somebody else"))
    func user_isTheOneThatIsNamed() async throws {
        chmod(workspace.root.string, 0o755)
        let result = try await workspace.run("id -un; echo $USER $HOME") { $0.user = "nobody" }
        #expect(log(result).hasPrefix("nobody\nnobody "), "\(result.found)")
    }

    @Test func commandThatHangs_isKilled_withAllThatItStarted() async throws {
        let result = try await workspace.run("sleep 1000 & echo $! > child; sleep 1000") { $0.timeoutSeconds = 0.3 }
        #expect(result.outcome == .failed && result.found.hasPrefix("it did not end within 0.3 s"))
        #expect(isGone(workspace.text(workspace.path.appending("child"))))
    }

    @Test func childThatHoldsTheOutput_isNotWaitedFor() async throws {
        let result = try await workspace.run("sleep 1000 & echo $! > child; echo done")
        #expect(result.passed)
        #expect(log(result) == "done\n")
        #expect(isGone(workspace.text(workspace.path.appending("child"))))
    }

    @Test func childInASessionOfItsOwn_isKilledToo() async throws {
        let result = try await workspace.run(
            "setsid sh -c 'echo $$ > child; exec sleep 1000' & while [ ! -s child ]; do :; done")
        #expect(result.passed)
        #expect(isGone(workspace.text(workspace.path.appending("child"))))
    }

    /// Nothing by which it could be known: neither its session, nor its environment, nor its parent.
    @Test(arguments: ["exit 7", "exec sleep 1000"])
    func check_killsAProcessThatClearedItsEnvironmentAndLeftItsSession(end: String) async throws {
        let hidden =
            "env -i setsid sh -c \"(setsid sh -c 'echo \\$\\$ > child.tmp; mv child.tmp child; exec sleep 1000' &)\""
        let result = try await workspace.run("\(hidden) & while [ ! -s child ]; do :; done; \(end)") {
            $0.timeoutSeconds = end == "exit 7" ? 60 : 1
        }
        #expect(result.outcome == .failed)
        #expect(end != "exit 7" || result.found == "exit status 7")
        // Gone by then, not only soon: what it would write would be in nobody's evidence.
        let child = try #require(workspace.text(workspace.path.appending("child"))).filter(\.isNumber)
        #expect(kill(try #require(pid_t(child)), 0) != 0)
    }

    @Test func check_thatKillsItsSupervisor_fails_andLeavesNoMarkedProcess() async throws {
        let result = try await workspace.run("sleep 1000 & echo $! > child; kill -KILL $PPID; sleep 1000")
        #expect(result.outcome == .failed && result.found == "it was killed by signal 9")
        #expect(isGone(workspace.text(workspace.path.appending("child"))))
    }

    /// Once, and over and over: then the supervisor is killed, and what has the mark with it.
    @Test(arguments: ["kill -STOP $PPID; exec sleep 1000", "while :; do kill -STOP $PPID 2>/dev/null; done"])
    func check_thatStopsItsSupervisor_endsWithItsTime(line: String) async throws {
        let result = try await workspace.run("echo begun; echo $$ > child; \(line)") { $0.timeoutSeconds = 0.3 }
        #expect(result.outcome == .failed && result.found.hasPrefix("it did not end within 0.3 s"))
        #expect(log(result) == "begun\n")
        #expect(isGone(workspace.text(workspace.path.appending("child"))))
    }

    /// Nothing leads to that process any more, and the pipe is open for as long as it is there.
    @Test func check_whoseHiddenProcessHoldsTheOutput_ends_andKeepsWhatWasWritten() async throws {
        let hidden = "echo $$ > child.tmp; mv child.tmp child; kill -KILL $0; exec sleep 1000"
        let result = try await workspace.run("echo begun; env -i setsid sh -c '\(hidden)' $PPID & exec sleep 1000") {
            $0.timeoutSeconds = 60
        }
        let child = try #require(
            workspace.text(workspace.path.appending("child")).flatMap { pid_t($0.filter(\.isNumber)) })
        defer { kill(child, SIGKILL) }
        #expect(result.outcome == .failed && result.found == "it was killed by signal 9")
        #expect(log(result) == "begun\n")
        #expect(kill(child, 0) == 0)
    }

    @Test func hugeOutput_isCutInTheMiddle_andSaysSo() async throws {
        let result = try await workspace.run("echo first; head -c 50000000 /dev/zero | tr '\\0' x; echo; echo last") {
            $0.outputLimit = 4096
        }
        #expect(result.passed)
        let log = log(result)
        #expect(log.utf8.count < 4300 && log.hasPrefix("first\n") && log.hasSuffix("\nlast\n"))
        #expect(log.contains("bytes left out"))
    }

    @Test func leftoverOfAnEarlierRun_isEnded_whenItsOwnerComesBack() async throws {
        let owner = "owner-\(UInt32.random(in: 0 ... .max))"
        var command = VerifyCommand(.shell("echo $$ > hanging; exec sleep 1000"))
        command.timeoutSeconds = 1000
        let path = workspace.path
        let orphan = CommandRun(command: command, workspace: path, mark: "\(owner)/1")
        let hanging = Task { await orphan.run() }
        while workspace.text(path.appending("hanging"))?.hasSuffix("\n") != true { await Task.yield() }
        let results = try await Verification(
            workspace: path, changes: WorkspaceChanges(paths: []), owner: owner
        ).run([VerifyCheck(.exists(path: "hanging"))], into: nil)
        #expect(results?.first?.passed == true)
        #expect(await hanging.value.end == .signalled(SIGKILL))
    }

    @Test func cancelledVerification_saysNothing_andLeavesNothing() async throws {
        let path = workspace.path
        let task = Task {
            try await Verification(workspace: path, changes: WorkspaceChanges(paths: []), owner: "cancelled")
                .run([VerifyCheck(.run(VerifyCommand(.shell("echo $$ > started; sleep 1000"))))], into: nil)
        }
        while workspace.text(path.appending("started"))?.hasSuffix("\n") != true { await Task.yield() }
        task.cancel()
        #expect(try await task.value == nil)
        #expect(isGone(workspace.text(path.appending("started"))))
    }
}
