import SystemPackage
import TestSupport
import Testing

@testable import Inotify

@Suite(.timeLimit(.minutes(3))) struct WatchThreadTests {
    @Test func close_endsTheThread_whichGivesTheKernelBack() async throws {
        let kernel = FakeKernel()
        let watcher = try DirectoryWatcher(kernel: kernel, interval: nil)
        watcher.close()
        await kernel.waitUntilClosed()
    }

    @Test func watcherThatIsGone_endsItsThreadAndItsSequence() async throws {
        let kernel = FakeKernel()
        var watcher: DirectoryWatcher? = try DirectoryWatcher(kernel: kernel, interval: nil)
        let hints = try #require(watcher?.hints)
        let consumer = Task { for await _ in hints {} }
        watcher = nil
        await consumer.value
        await kernel.waitUntilClosed()
    }

    @Test func kernelThatFails_isHintedAt_andTheThreadStillEnds() async throws {
        let kernel = FakeKernel(broken: true)
        let watcher = try DirectoryWatcher(kernel: kernel, interval: nil)
        var hints = try await HintReader(watcher)
        #expect(try await hints.next() == WatchHint(rescan: true))
        watcher.close()
        await kernel.waitUntilClosed()
    }

    @Test func timer_hintsToLookEverywhere_atEveryTick() async throws {
        let directory = try TemporaryDirectory()
        let watcher = try DirectoryWatcher(source: .timer(every: .milliseconds(5)))
        try watcher.watch(directory.path, key: "k")
        #expect(!watcher.isEventDriven)
        var hints = try await HintReader(watcher)
        let start = ContinuousClock.now
        for _ in 0..<3 { #expect(try await hints.next() == WatchHint(rescan: true)) }
        // The first of the three may have been due already.
        #expect(ContinuousClock.now - start >= .milliseconds(5))
    }

    @Test func timer_checksDirectoriesToo() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file")
        let watcher = try DirectoryWatcher(source: .timer(every: .seconds(3600)))
        let missing = #expect(throws: WatchError.self) {
            try watcher.watch(directory.path.appending("missing"), key: "k")
        }
        #expect(missing?.code == .notFound)
        let file = #expect(throws: WatchError.self) { try watcher.watch(directory.path.appending("file"), key: "k") }
        #expect(file?.code == .notADirectory)
    }

    @Test(arguments: [Duration.seconds(-1), .zero, .seconds(Int64.max)])
    func timer_acceptsAnyInterval(interval: Duration) async throws {
        let watcher = try DirectoryWatcher(source: .timer(every: interval))
        var hints = try await HintReader(watcher)
        if interval <= .zero { #expect(try await hints.next() == WatchHint(rescan: true)) }
    }
}
