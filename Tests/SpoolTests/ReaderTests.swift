import Spool
import Synchronization
import SystemPackage
import Testing

/// Somebody reads while tasks are submitted, claimed, requeued and finished: whatever is read is whole.
@Suite(.timeLimit(.minutes(2))) struct ReaderTests {
    private final class Progress: Sendable {
        private let state = Mutex((accepted: Set<TaskID>(), isDone: false))

        func accept(_ id: TaskID) { state.withLock { _ = $0.accepted.insert(id) } }
        func end() { state.withLock { $0.isDone = true } }
        var now: (accepted: Set<TaskID>, isDone: Bool) { state.withLock { $0 } }
    }

    /// Each writer brings its own tasks through all states, while others try to claim them, too.
    private func work(_ temporary: TemporarySpool, writer: Int, tasks: Int, progress: Progress) throws {
        for number in 0..<tasks {
            let name = "task \(writer) \(number)"
            let id = try temporary.submit(name, goal: "goal of \(name)")
            progress.accept(id)
            try temporary.start(id)
            try temporary.spool.requeue(id, notBefore: .now(), reason: "again")
            try temporary.start(id)
            let verdict = number.isMultiple(of: 2) ? Verdict.changed : .error
            try temporary.spool.finish(id, from: .running, as: TaskEnding(verdict: verdict, reason: "because"))
        }
    }

    @Test func list_neverShowsHalfATask_andSnapshot_neverMissesOne() async throws {
        let temporary = try TemporarySpool()
        let progress = Progress()
        let looks = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var looks = 0
                    while true {
                        let (accepted, isLast) = progress.now
                        try look(temporary, known: accepted)
                        looks += 1
                        if isLast { return looks }
                        await Task.yield()
                    }
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { writers in
                for writer in 0..<2 {
                    writers.addTask {
                        try work(temporary, writer: writer, tasks: 20, progress: progress)
                    }
                }
                defer { progress.end() }
                try await writers.waitForAll()
            }
            return try await group.reduce(0, +)
        }
        #expect(looks > 2)
        #expect(try temporary.spool.list(.done).count == 20)
        #expect(try temporary.spool.list(.failed).count == 20)
        #expect(try temporary.temporaries() == [])
    }

    /// - Parameter known: Tasks that had been accepted before this look.
    private func look(_ temporary: TemporarySpool, known: Set<TaskID>) throws {
        for state in TaskState.allCases {
            for id in try temporary.spool.list(state) {
                guard let seen = try? temporary.spool.snapshot(id, in: state) else { continue }
                check(seen)
            }
        }
        // An accepted task is found wherever it is on its way.
        for id in known {
            let seen = try temporary.spool.snapshot(id)
            #expect(seen.id == id)
            check(seen)
        }
    }

    private func check(_ seen: TaskSnapshot) {
        #expect(seen.damage == nil, "\(seen.id) in \(seen.state)")
        #expect(seen.spec?.goal == "goal of \(seen.name)", "\(seen.id) in \(seen.state)")
        #expect(seen.state.isEnded == (seen.verdict != nil), "\(seen.id) in \(seen.state)")
        if let verdict = seen.verdict { #expect(verdict.state == seen.state && seen.reason == "because") }
    }
}
