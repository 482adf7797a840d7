import ConcurrencyExecutor
import Glibc
import Testing

/// Each in a process of its own, since executors are for a whole process. Its main thread is the one that calls.
@Suite(.timeLimit(.minutes(3))) struct RunMainTests {
    @Test func runMain_exitsWithSuccess_whenTheBodyReturns() async {
        await #expect(processExitsWith: .exitCode(EXIT_SUCCESS)) {
            ConcurrencyExecutor.runMain {}
        }
    }

    @Test func runMain_runsTheMainActorOnTheCallingThread_andNothingElse() async {
        await #expect(processExitsWith: .exitCode(EXIT_SUCCESS)) {
            let caller = pthread_self()
            ConcurrencyExecutor.runMain {
                Self.require(pthread_equal(caller, Self.thread()) != 0)
                Self.require(pthread_equal(caller, await Self.threadOfATask()) == 0)
                Self.require(pthread_equal(caller, Self.thread()) != 0)
                MainActor.assertIsolated()
            }
        }
    }

    @Test func preconditionIsolated_traps_offTheMainThread() async {
        await #expect(processExitsWith: .failure) {
            ConcurrencyExecutor.runMain {
                await Task.detached { MainActor.preconditionIsolated() }.value
            }
        }
    }

    @Test func runMain_servesTasksActorsAndSleeps() async {
        await #expect(processExitsWith: .exitCode(EXIT_SUCCESS)) {
            ConcurrencyExecutor.runMain {
                let counter = Counter()
                let relay = Relay(counter: counter)
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<10_000 {
                        group.addTask {
                            let start = ContinuousClock.now
                            try? await Task.sleep(for: .milliseconds(number % 20))
                            Self.require(start.duration(to: .now) >= .milliseconds(number % 20))
                            await relay.add()
                        }
                    }
                }
                Self.require(await counter.count == 10_000)
            }
        }
    }

    @Test func sleep_endsAtOnce_whenItIsCancelled() async {
        await #expect(processExitsWith: .exitCode(EXIT_SUCCESS)) {
            ConcurrencyExecutor.runMain {
                let tasks = (0..<1000).map { _ in Task { try await Task.sleep(for: .seconds(3600)) } }
                await Task.yield()
                for task in tasks { task.cancel() }
                for task in tasks {
                    if case .success = await task.result { exit(EXIT_FAILURE) }
                }
            }
        }
    }

    @Test func threads_makeNoSystemCall_whileThereIsNothingToDo() async {
        await #expect(processExitsWith: .exitCode(EXIT_SUCCESS)) {
            let before = Self.threads()
            ConcurrencyExecutor.runMain {
                await Task.detached { try? await Task.sleep(for: .milliseconds(1)) }.value
                let own = Self.threads().subtracting(before)
                // The pool's, and one for each of the two clocks: libdispatch has not been asked for any.
                Self.require(own.count == max(4, sysconf(Int32(_SC_NPROCESSORS_ONLN))) + 2)
                // What was woken by the tasks above comes to rest within the first second.
                sleep(1)
                let switches = own.map(Self.switches)
                sleep(2)
                Self.require(own.map(Self.switches) == switches)
            }
        }
    }

    private nonisolated static func thread() -> pthread_t { pthread_self() }

    private nonisolated static func threadOfATask() async -> pthread_t {
        await Task.detached { thread() }.value
    }

    private nonisolated static func require(_ holds: Bool, line: Int = #line) {
        if holds { return }
        print("line \(line): does not hold")
        exit(EXIT_FAILURE)
    }

    private nonisolated static func threads() -> Set<String> {
        guard let directory = opendir("/proc/self/task") else { return [] }
        defer { closedir(directory) }
        var names: Set<String> = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.insert(name) }
        }
        return names
    }

    /// The lines of a thread's status that count how often it gave up a processor.
    private nonisolated static func switches(_ thread: String) -> [Substring] {
        guard let file = fopen("/proc/self/task/\(thread)/status", "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("voluntary_ctxt_switches") }
    }
}

private actor Counter {
    private(set) var count = 0

    func add() { count += 1 }
}

private actor Relay {
    private let counter: Counter

    init(counter: Counter) { self.counter = counter }

    func add() async { await counter.add() }
}
