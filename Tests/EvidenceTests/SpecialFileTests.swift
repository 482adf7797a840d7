import Glibc
import JSON
import SystemPackage
import Testing

@testable import Evidence

/// What must never be opened: a FIFO waits for its other end, a device may do anything, and `/dev/zero` has no end.
@Suite(.timeLimit(.minutes(2))) struct SpecialFileTests {
    private static let kinds = [
        "mkfifo S", "mknod S c 1 5", "python3 -c 'import socket; socket.socket(1).bind(\"S\")'",
    ]
    /// Devices can be made by root alone, and not in every container.
    private static let possible = kinds.filter { kind in
        (try? TemporaryWorkspace(kind.replacing("S", with: "s"))) != nil
    }

    @Test(arguments: possible, [WorkspaceKind.plain, .git, .unborn])
    func specialFile_isNamed_andNeverRead(make: String, kind: WorkspaceKind) async throws {
        func special(_ name: String) -> String { make.replacing("S", with: name) }
        let place = try kind.make("mkdir d; echo r >r; echo k >k; ln -s /dev/zero zero; ln -s ../../pipe out")
        try place.shell("mkfifo ../pipe; \(special("gone")); \(special("stays")); \(special("d/moves"))")
        try await place.subject.recordBaseline()
        let nothing = try await place.subject.recordChanges()
        #expect(nothing.changes.isEmpty && nothing.undeterminable.isEmpty)
        try place.shell("rm gone r; \(special("r")); mv d/moves d/moved; mkdir n; \(special("n/new")); echo x >>k")
        let summary = try await place.subject.recordChanges()
        #expect(
            summary.lines == [
                "added d/moved", "deleted d/moves", "deleted gone", "modified k", "added n/new", "type_changed r",
            ])
        #expect(summary.undeterminable.isEmpty)
        let special = summary.changes.filter { $0.kind != .deleted && PathText.bytes($0.path) != Array("k".utf8) }
        #expect(special.allSatisfy { $0.notInPatch != nil && $0.sha256After == nil && $0.modeAfter != nil })
        let patch = try place.shell("cat changes.patch", in: place.evidence)
        #expect(patch.contains("b/k") && !patch.contains("n/new"))
    }

    /// One that was a file when its name was read, and is none when it is opened.
    @Test(arguments: possible) func fileThatBecameSpecial_isNotRead(make: String) throws {
        let place = try TemporaryWorkspace("echo 12345 >s")
        let root = try Syscalls.open(place.workspace, O_RDONLY | O_DIRECTORY)
        let before = try Syscalls.status(root, Array("s".utf8))
        try place.shell("rm s; \(make.replacing("S", with: "s"))")
        #expect(throws: (any Error).self) {
            _ = try Beneath.content(root, Array("s".utf8), expected: before, keep: 100)
        }
    }
}
