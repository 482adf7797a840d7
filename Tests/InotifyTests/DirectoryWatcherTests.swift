import SystemPackage
import TestSupport
import Testing

@testable import Inotify

/// Real directories, the real kernel.
@Suite(.timeLimit(.minutes(3))) struct DirectoryWatcherTests {
    private let directory: TemporaryDirectory
    private let watcher: DirectoryWatcher

    init() throws {
        directory = try TemporaryDirectory()
        watcher = try DirectoryWatcher(source: .inotify)
    }

    @Test func firstHint_isToLookEverywhere() async {
        #expect(watcher.isEventDriven)
        var hints = watcher.hints.makeAsyncIterator()
        #expect(await hints.next() == WatchHint(rescan: true))
    }

    @Test func file_isClosed_whenItWasWritten() async throws {
        try watcher.watch(directory.path, key: "k")
        var hints = try await HintReader(watcher)
        try directory.write("file")
        let hint = try await hints.hints { !$0.closed.isEmpty }
        #expect(hint == WatchHint(closed: ["k": ["file"]]))
    }

    @Test func file_isClosed_whenItWasMovedIn() async throws {
        let watched = try directory.makeDirectory("watched")
        try watcher.watch(watched, key: "k")
        var hints = try await HintReader(watcher)
        try directory.write("file")
        try directory.rename("file", "watched/arrived")
        #expect(try await hints.next() == WatchHint(closed: ["k": ["arrived"]]))
    }

    @Test func file_whoseNameIsNotUTF8_hintsAtItsDirectoryOnly() async throws {
        try watcher.watch(directory.path, key: "k")
        var hints = try await HintReader(watcher)
        try directory.write(bytes: [0x66, 0xFF, 0xFE])
        try directory.write("last")
        let hint = try await hints.hints { !$0.closed.isEmpty }
        #expect(hint == WatchHint(closed: ["k": ["last"]]))
    }

    @Test func directory_isNeverClosed() async throws {
        let watched = try directory.makeDirectory("watched")
        try directory.makeDirectory("other")
        try watcher.watch(watched, key: "k")
        var hints = try await HintReader(watcher)
        try directory.makeDirectory("watched/made")
        #expect(try await hints.next() == WatchHint(moved: ["k": ["made"]]))
        try directory.rename("other", "watched/moved")
        #expect(try await hints.next() == WatchHint(moved: ["k": ["moved"]]))
    }

    @Test func deletion_andMovingOut_areHints() async throws {
        let watched = try directory.makeDirectory("watched")
        try directory.write("watched/deleted")
        try directory.write("watched/moved")
        try watcher.watch(watched, key: "k")
        var hints = try await HintReader(watcher)
        try directory.removeFile("watched/deleted")
        #expect(try await hints.next() == WatchHint(keys: ["k"]))
        try directory.rename("watched/moved", "moved")
        #expect(try await hints.next() == WatchHint(keys: ["k"]))
    }

    @Test func renamedDirectory_keepsHinting() async throws {
        try directory.makeDirectory("new")
        try directory.makeDirectory("running")
        let task = try directory.makeDirectory("new/task")
        try watcher.watch(task, key: "task")
        var hints = try await HintReader(watcher)
        try directory.rename("new/task", "running/task")
        #expect(try await hints.next() == WatchHint(keys: ["task"]))

        try directory.write("running/task/cancel")
        let hint = try await hints.hints { !$0.closed.isEmpty }
        #expect(hint == WatchHint(closed: ["task": ["cancel"]]))
    }

    @Test func deletedDirectory_isFoundAgain_whenItIsMadeAgain() async throws {
        let watched = try directory.makeDirectory("watched")
        try watcher.watch(watched, key: "k")
        var hints = try await HintReader(watcher)
        try directory.removeDirectory("watched")
        #expect(try await hints.next() == WatchHint(keys: ["k"], rescan: true))

        try directory.makeDirectory("watched")
        #expect(try await hints.next() == WatchHint(keys: ["k"], rescan: true))
        try directory.write("watched/file")
        let hint = try await hints.hints { !$0.closed.isEmpty }
        #expect(hint == WatchHint(closed: ["k": ["file"]]))
    }

    @Test func replacedDirectory_isWatchedAtOnce() async throws {
        let watched = try directory.makeDirectory("watched")
        try directory.makeDirectory("other")
        try watcher.watch(watched, key: "k")
        var hints = try await HintReader(watcher)
        // Onto an empty directory: that one is deleted.
        try directory.rename("other", "watched")
        #expect(try await hints.next() == WatchHint(keys: ["k"], rescan: true))
        try directory.write("watched/file")
        let hint = try await hints.hints { !$0.closed.isEmpty }
        #expect(hint == WatchHint(closed: ["k": ["file"]]))
    }

    @Test func thousandFiles_areFewHints_whileNobodyAsks() async throws {
        try watcher.watch(directory.path, key: "k")
        let names = Set((0..<1000).map { "file-\($0)" })
        for name in names { try directory.write(name) }
        try directory.write("last")

        var all = WatchHint()
        var count = 0
        for await hint in watcher.hints {
            all.merge(hint)
            count += 1
            if all.closed["k"]?.contains("last") == true { break }
        }
        #expect(all.closed == ["k": names.union(["last"])])
        // One that was pending; and what is left in the kernel's queue, at most all 2,002 events, fits two buffers.
        #expect(count <= 3)
    }

    @Test func scanPerHint_missesNothing_whileFilesKeepComing() async throws {
        try watcher.watch(directory.path, key: "k")
        let names = Set((0..<300).map { "file-\($0)" })
        let path = directory.path
        let writing = Task {
            for name in names {
                try FileDescriptor.open(
                    path.appending(name), .writeOnly, options: .create, permissions: .ownerReadWrite
                ).close()
            }
        }
        var hints = watcher.hints.makeAsyncIterator()
        var seen: Set<String> = []
        while seen != names, await hints.next() != nil { seen = try directory.names() }
        try await writing.value
        #expect(seen == names)
    }

    @Test func unwatch_stopsTheHints() async throws {
        try watcher.watch(try directory.makeDirectory("a"), key: "a")
        try watcher.watch(try directory.makeDirectory("b"), key: "b")
        var hints = try await HintReader(watcher)
        watcher.unwatch(key: "a")
        watcher.unwatch(key: "never watched")
        try directory.write("a/file")
        try directory.write("b/file")
        let hint = try await hints.hints { !$0.closed.isEmpty }
        #expect(hint == WatchHint(closed: ["b": ["file"]]))
    }

    @Test func watch_ofAnotherDirectory_movesTheKey() async throws {
        try watcher.watch(try directory.makeDirectory("a"), key: "k")
        try watcher.watch(try directory.makeDirectory("b"), key: "k")
        var hints = try await HintReader(watcher)
        try directory.write("a/old")
        try directory.write("b/new")
        let hint = try await hints.hints { !$0.closed.isEmpty }
        #expect(hint == WatchHint(closed: ["k": ["new"]]))
    }

    @Test func twoKeys_mayStandForOneDirectory() async throws {
        try watcher.watch(directory.path, key: "one")
        try watcher.watch(directory.path.appending("."), key: "two")
        var hints = try await HintReader(watcher)
        try directory.write("file")
        let hint = try await hints.hints { !$0.closed.isEmpty }
        #expect(hint == WatchHint(closed: ["one": ["file"], "two": ["file"]]))
    }

    @Test func watch_throwsNotFound_whenThereIsNothing() throws {
        let path = directory.path.appending("missing")
        let error = #expect(throws: WatchError.self) { try watcher.watch(path, key: "k") }
        #expect(error?.code == .notFound)
        #expect(error?.errno == .noSuchFileOrDirectory)
        #expect(error?.message == "cannot watch \(path): there is no such directory; create it first")
    }

    @Test func watch_throwsNotADirectory_whenItIsAFile() throws {
        try directory.write("file")
        let error = #expect(throws: WatchError.self) {
            try watcher.watch(directory.path.appending("file"), key: "k")
        }
        #expect(error?.code == .notADirectory)
    }

    @Test func close_endsTheSequence_andRefusesNewWatches() async throws {
        try watcher.watch(directory.path, key: "k")
        let consumer = Task { [hints = watcher.hints] in for await _ in hints {} }
        watcher.close()
        watcher.close()
        await consumer.value
        let error = #expect(throws: WatchError.self) { try watcher.watch(directory.path, key: "k") }
        #expect(error?.code == .closed)
        watcher.unwatch(key: "k")
    }

    @Test func eventsAreReliable_hereAndNotWhereNothingIs() {
        // Every other test of this suite relies on it as well.
        #expect(DirectoryWatcher.eventsAreReliable(on: directory.path))
        #expect(!DirectoryWatcher.eventsAreReliable(on: directory.path.appending("missing")))
    }
}
