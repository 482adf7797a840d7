import Blocking
import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Spool

/// One sync serves all who asked before it was begun, and nobody else.
@Suite struct SharedSyncTests {
    private let directory: FilePath = "/spool/new"

    /// Syncs that take until they are let go, counted when they are begun.
    private final class Disk: Sendable {
        struct State {
            var asked = 0
            var begun = 0
            var ended = 0
            var allowed = 0
            var failing: Set<Int> = []
        }

        let state = Mutex(State())

        func sync(_ path: FilePath) throws(SpoolError) {
            let number = state.withLock { state in
                state.begun += 1
                return state.begun
            }
            while state.withLock({ $0.allowed < number }) { sched_yield() }
            let isFailing = state.withLock { state in
                state.ended += 1
                return state.failing.contains(number)
            }
            if isFailing { throw SpoolError(.systemCall, "fsync", path, errno: .ioError) }
        }

        var begun: Int { state.withLock { $0.begun } }
        func allow(_ number: Int) { state.withLock { $0.allowed = number } }
    }

    @Test func syncs_ofManyWhoAskDuringOne_areOneMore() async throws {
        let disk = Disk()
        let shared = SharedSync { path throws(SpoolError) in try disk.sync(path) }
        let path = directory
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    await BlockingThread.run {
                        let before = disk.state.withLock { state in
                            state.asked += 1
                            return state.begun
                        }
                        let result = Result { () throws(SpoolError) in try shared(path) }
                        // Begun after it was asked for, and ended before it returned.
                        #expect(disk.state.withLock { $0.ended } > before)
                        if case .failure(let error) = result { Issue.record(error) }
                    }
                }
            }
            while disk.state.withLock({ $0.asked < 8 || $0.begun < 1 }) { await Task.yield() }
            disk.allow(1000)
            try await group.waitForAll()
        }
        #expect((1...8).contains(disk.begun))
    }

    /// The first is let go only when the others wait for the next, which then is one for all of them.
    @Test func waiters_areServedByOneSync_andShareItsError() async throws {
        let disk = Disk()
        disk.state.withLock { $0.failing = [2] }
        let shared = SharedSync { path throws(SpoolError) in try disk.sync(path) }
        let path = directory
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            @Sendable func ask() async -> Bool {
                await BlockingThread.run {
                    do throws(SpoolError) { try shared(path) } catch { return error.errno != .ioError }
                    return true
                }
            }
            group.addTask { await ask() }
            while disk.begun < 1 { await Task.yield() }
            for _ in 0..<4 { group.addTask { await ask() } }
            while shared.waiting(for: path) < 4 { await Task.yield() }
            disk.allow(2)
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(disk.begun == 2)
        #expect(outcomes.count { $0 } == 1 && outcomes.count == 5)
    }

    @Test func syncs_ofDifferentDirectories_doNotWaitForEachOther() async throws {
        let disk = Disk()
        let shared = SharedSync { path throws(SpoolError) in try disk.sync(path) }
        try await withThrowingTaskGroup { group in
            for name in ["/a", "/b"] {
                group.addTask { try await BlockingThread.run { Result { try shared(FilePath(name)) } }.get() }
            }
            while disk.begun < 2 { await Task.yield() }
            disk.allow(2)
            try await group.waitForAll()
        }
    }

    @Test func directory_thatIsNotThere_isAnErrorOfWhoAsked() {
        #expect(throws: SpoolError.self) { try SharedSync.directories("/no/such/directory") }
        #expect(SharedSync.directories.waiting(for: "/no/such/directory") == 0)
    }
}
