import Glibc
import JSON
import Spool
import SystemPackage
import Testing

@testable import API

extension APITests {
    /// A task that was shown before is shown so again only if that is what reading it would give.
    @Suite struct TaskShelfTests {
        /// Waits until a change of the task would have to look different.
        private func settle(_ id: TaskID, in state: TaskState, _ spool: SpoolDirectory) throws {
            while try #require(try spool.look(at: id, in: state)).isProof == false { sched_yield() }
        }

        private func text(_ id: TaskID, _ shelf: TaskShelf) throws -> String {
            var shared = SharedLook(shelf.spool)
            let task = try #require(try shelf.task(id, seenIn: .done, shelf.known(), &shared))
            var made: [SeenTask] = []
            defer { shelf.keep(made) }
            return String(decoding: shelf.text(of: task, &made), as: UTF8.self)
        }

        /// As `sed -i` and `>` do it: the file stays the same one, and as long.
        private static func overwrite(_ path: FilePath, _ old: String, _ new: String, _ files: TemporarySpool) throws {
            let before = try #require(try files.spool.readFile(path, limit: 1 << 16))
            let after = Array(String(decoding: before, as: UTF8.self).replacing(old, with: new).utf8)
            #expect(after != before && after.count == before.count)
            let descriptor = try FileDescriptor.open(path, .writeOnly)
            try descriptor.closeAfter { _ = try descriptor.writeAll(after) }
        }

        private static func file(_ path: FilePath, _ text: String) throws {
            let descriptor = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
            try descriptor.closeAfter { _ = try descriptor.writeAll(text.utf8) }
        }

        private typealias Change = @Sendable (TaskPaths, TaskID, TemporarySpool) throws -> Void

        /// Whatever a person can do to what is shown of a task that has ended.
        private static let changes: [(what: String, Change)] = [
            ("a file is overwritten", { task, _, files in try overwrite(task.verdict, "changed", "CHANGED", files) }),
            ("the spec is edited", { task, _, files in try overwrite(task.spec, "do it", "do IT", files) }),
            ("the result is edited", { task, _, files in try overwrite(task.result, "changed", "CHANGED", files) }),
            ("a file is replaced", { task, _, _ in try DurableFile.write("ses_2\n", to: task.session) }),
            ("a file is removed", { task, _, _ in #expect(unlink(task.session.string) == 0) }),
            ("a file that was not there is made", { task, _, _ in try file(task.reason, "by hand\n") }),
            ("the log is longer", { task, _, _ in try TaskLog.append("note", to: task) }),
            ("it is archived", { _, id, files in try files.spool.archive(id) }),
            ("it has failed", { _, id, files in try files.rename(id, from: .done, to: .failed) }),
            (
                "another one has its name",
                { task, id, files in
                    try files.spool.remove(id)
                    try makeDirectory(task.directory)
                    try file(task.session, "ses_9\n")
                }
            ),
        ]

        @Test(arguments: changes.indices)
        func task_isReadAgain_whenAnythingOfItHasChanged(number: Int) throws {
            let files = try TemporarySpool()
            let id = try files.ended(.changed)
            let shelf = TaskShelf(files.spool)
            try settle(id, in: .done, files.spool)
            let before = try text(id, shelf)
            #expect(try text(id, shelf) == before)
            #expect(shelf.readCount == 1)
            let (what, change) = Self.changes[number]
            try change(files.spool.paths.task(id, in: .done), id, files)
            let after = try text(id, shelf)
            #expect(after != before, "\(what)")
            #expect(try after == text(id, TaskShelf(files.spool)), "\(what)")
        }

        /// Two changes within one tick of the clock can look alike.
        @Test func task_isReadEachTime_whileItsLastChangeIsAMomentAgo() throws {
            let files = try TemporarySpool()
            let id = try files.ended(.changed)
            let shelf = TaskShelf(files.spool)
            let result = files.spool.paths.task(id, in: .done).result
            for digit in 0..<10 {
                try Self.file(result, "{\"n\": \(digit)}")
                #expect(try JSONValue(parsing: text(id, shelf))["result"]?["n"] == .int(digit))
            }
        }

        @Test func task_withAsks_orEarlierAttempts_isReadEachTime() throws {
            let files = try TemporarySpool()
            let id = try files.ended(.changed)
            let earlier = files.spool.paths.task(id, in: .done).attempts
            try makeDirectory(earlier)
            try makeDirectory(earlier.appending("1"))
            try Self.file(earlier.appending("1").appending("session"), "ses_a\n")
            let shelf = TaskShelf(files.spool)
            #expect(try text(id, shelf).contains("ses_a"))
            try Self.file(earlier.appending("1").appending("session"), "ses_b\n")
            #expect(try text(id, shelf).contains("ses_b"))
            #expect(try files.spool.look(at: id, in: .done)?.isProof == false)
        }

        @Test func shelf_keepsNoMoreThanItHasRoomFor() throws {
            let files = try TemporarySpool()
            let room = 16 << 10
            let shelf = TaskShelf(files.spool, room: room)
            let ids = try (0..<8).map { try files.ended(.changed, name: "task \($0)") }
            for id in ids { try settle(id, in: .done, files.spool) }
            for id in ids {
                _ = try text(id, shelf)
                #expect(shelf.keptBytes <= room)
            }
            #expect(shelf.keptBytes > 0)
            _ = try text(ids[0], shelf)
            #expect(shelf.readCount == ids.count + 1)
            _ = try text(ids[7], shelf)
            #expect(shelf.readCount == ids.count + 1)
        }
    }
}
