import Connectors
import FoundationEssentials
import Glibc
import RemoteStorage
import SystemPackage
import TestSupport
import Testing

@Suite struct DirectoryConnectorTests {
    private let directory: TemporaryDirectory
    private let storage: DirectoryConnector
    private var root: FilePath { directory.path.appending("root") }

    init() throws {
        directory = try TemporaryDirectory()
        storage = DirectoryConnector(root: directory.path.appending("root"))
        mkdir(directory.path.appending("root").string, 0o700)
    }

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: directory.path.appending(path).string))
    }

    private func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: directory.path.appending(path).string).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test func file_goesThereAndBack_moves_andGoes() async throws {
        try await storage.upload(Array("one".utf8), to: "a b/ü.md")
        #expect(text("root/a b/ü.md") == "one")
        #expect(try await storage.download("a b/ü.md", limit: 3) == Array("one".utf8))
        try await storage.upload(Array("two".utf8), to: "a b/ü.md")
        try await storage.move("a b/ü.md", to: "old/deep/#?.md")
        #expect(text("root/old/deep/#?.md") == "two" && text("root/a b/ü.md") == nil)
        #expect(try await storage.list("a b") == [])
        try await storage.delete("old/deep/#?.md")
        try await storage.delete("old/deep/#?.md")
        #expect(try await storage.list("old/deep") == [])
        #expect(try await storage.download("old/deep/#?.md", limit: 9) == nil)
        #expect(try await storage.list("nowhere") == nil)
        #expect(try await storage.download("no/where", limit: 9) == nil)
    }

    @Test func listing_hasRegularFilesOnly_andVersionsThatChange() async throws {
        try write("x", "root/a.md")
        mkdir(root.appending("sub").string, 0o700)
        mkfifo(root.appending("pipe.md").string, 0o600)
        symlink("/etc/passwd", root.appending("link.md").string)
        try write("x", "root/line\nbreak.md")
        let first = try #require(try await storage.list(""))
        #expect(first.map(\.path) == ["a.md"] && first[0].size == 1)
        // The same size and, as far as the clock goes, the same time: another inode.
        try await storage.upload([0x79], to: "a.md")
        let second = try #require(try await storage.list("."))
        #expect(second.map(\.path) == ["a.md"] && second[0].version != first[0].version)
    }

    @Test func nothingOutsideTheRoot_isReached() async throws {
        try write("secret", "secret.md")
        symlink("..", root.appending("up").string)
        symlink("../secret.md", root.appending("link.md").string)
        for path in ["../secret.md", "a/../../secret.md", "up/secret.md", "link.md"] {
            await #expect(throws: ConnectorError.self) { try await storage.download(path, limit: 99) }
            if path == "link.md" { continue }
            await #expect(throws: ConnectorError.self) { try await storage.upload([1], to: path) }
            await #expect(throws: ConnectorError.self) { try await storage.delete(path) }
            await #expect(throws: ConnectorError.self) { try await storage.move(path, to: "x.md") }
        }
        await #expect(throws: ConnectorError.self) { try await storage.list("up") }
        #expect(text("secret.md") == "secret")
    }

    @Test func upload_replacesALink_notWhatItPointsTo() async throws {
        try write("secret", "secret.md")
        symlink("../secret.md", root.appending("link.md").string)
        try await storage.upload([0x79], to: "link.md")
        #expect(text("secret.md") == "secret" && text("root/link.md") == "y")
    }

    @Test func move_neverReplaces() async throws {
        try write("one", "root/a.md")
        try write("two", "root/b.md")
        await #expect(throws: ConnectorError.self) { try await storage.move("a.md", to: "b.md") }
        await #expect(throws: ConnectorError.self) { try await storage.move("gone.md", to: "c.md") }
        #expect(text("root/a.md") == "one" && text("root/b.md") == "two")
    }

    @Test func largerFile_andPipe_areRefusedWithoutWaiting() async throws {
        try write("four", "root/a.md")
        mkfifo(root.appending("pipe.md").string, 0o600)
        let large = await #expect(throws: ConnectorError.self) { try await storage.download("a.md", limit: 3) }
        #expect(large?.kind == .tooLarge)
        let pipe = await #expect(throws: ConnectorError.self) { try await storage.download("pipe.md", limit: 3) }
        #expect(pipe?.message.hasSuffix("it is no regular file") == true)
    }

    @Test func rootThatIsNotThere_isNotMade() async throws {
        let away = DirectoryConnector(root: directory.path.appending("away"))
        #expect(try await away.list("") == nil)
        await #expect(throws: ConnectorError.self) { try await away.upload([1], to: "a.md") }
        #expect(!FileManager.default.fileExists(atPath: directory.path.appending("away").string))
    }

    @Test func whatACrashLeft_isRemovedWhenItIsOld() async throws {
        try write("old", "root/.~openloom-1.tmp")
        try write("new", "root/.~openloom-2.tmp")
        var times = [timeval(tv_sec: 1, tv_usec: 0), timeval(tv_sec: 1, tv_usec: 0)]
        utimes(root.appending(".~openloom-1.tmp").string, &times)
        try await storage.upload([1], to: "a.md")
        #expect(text("root/.~openloom-1.tmp") == nil && text("root/.~openloom-2.tmp") == "new")
    }
}
