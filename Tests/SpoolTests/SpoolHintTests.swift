import Glibc
import Inotify
import SystemPackage
import Testing

@testable import Spool

/// Where to look is said as closely as the kernel says it, and never too closely.
@Suite struct SpoolHintTests {
    @Test func merge_asksForAList_whenMoreHaveMovedThanAHintNames() {
        let ids = (0..<5000).compactMap { TaskID("t\($0)") }
        var hint = SpoolHint()
        for id in ids {
            var more = SpoolHint()
            more.moved = [.new: [id]]
            hint.merge(more)
        }
        #expect(hint.states == [.new])
        #expect((hint.moved[.new] ?? []).count < ids.count)
        #expect(hint.concerns(.new) && !hint.concerns(.done))
    }

    /// Hints until one says that, with what all of them said.
    private func hints(
        _ temporary: TemporarySpool, until isEnough: (SpoolHint) -> Bool, _ change: () throws -> Void
    ) async throws -> SpoolHint {
        let watcher = try SpoolWatcher(temporary.spool, source: .inotify)
        var hints = watcher.subscribe().makeAsyncIterator()
        let running = Task { await watcher.run() }
        defer { running.cancel() }
        // The watcher's own first hint, to look everywhere, comes after the subscription's.
        _ = await hints.next()
        try mark(temporary, "before")
        while await hints.next()?.root != true {}
        try change()
        var all = SpoolHint()
        while !isEnough(all), let hint = await hints.next() { all.merge(hint) }
        return all
    }

    private func mark(_ temporary: TemporarySpool, _ name: String) throws {
        let path = temporary.paths.root.appending(".\(name)")
        try FileDescriptor.open(path, .writeOnly, options: [.create], permissions: .ownerReadWrite).close()
    }

    @Test func taskThatComes_isNamed_andNoListIsAskedFor() async throws {
        let temporary = try TemporarySpool()
        var id: TaskID?
        let hint = try await hints(temporary, until: { $0.concerns(.new) }) { id = try temporary.submit() }
        #expect(hint.moved[.new] == [try #require(id)])
        #expect(hint.states.isEmpty && !hint.everything)
    }

    @Test func taskThatMovesOn_isNamedInBothStates() async throws {
        let temporary = try TemporarySpool()
        let id = try temporary.submit()
        let hint = try await hints(temporary, until: { $0.concerns(.running) && $0.concerns(.new) }) {
            _ = try temporary.spool.claim(id, owner: TemporarySpool.node)
        }
        #expect(hint.moved == [.new: [id], .running: [id]])
    }

    @Test(arguments: ["no name of a task", ".hidden"])
    func directoryThatCanNotBeATask_asksForAList(name: String) async throws {
        let temporary = try TemporarySpool()
        let hint = try await hints(temporary, until: { $0.concerns(.new) }) {
            #expect(mkdir(temporary.paths.directory(of: .new).appending(name).string, 0o700) == 0)
        }
        #expect(hint.states == [.new])
    }

    @Test func linkOrFileInAState_asksForAList() async throws {
        let temporary = try TemporarySpool()
        let hint = try await hints(temporary, until: { $0.concerns(.done) }) {
            #expect(symlink("/tmp", temporary.paths.directory(of: .done).appending("linked").string) == 0)
        }
        #expect(hint.states == [.done])
        #expect(hint.moved.isEmpty)
    }
}
