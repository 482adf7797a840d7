import Glibc
import Spool
import SystemPackage
import Testing

/// Which directories are spools.
@Suite struct OpeningTests {
    @Test func absentRoot_isMade() throws {
        let directory = try makeTemporaryDirectory()
        defer { removeTree(directory) }
        let root = directory.appending("a/b/spool")
        _ = try SpoolDirectory(openingOrCreating: root)
        #expect(try text(of: root.appending("spool-version")) == "1\n")
        #expect(try mode(of: root) == 0o700)
        _ = try SpoolDirectory(openingOrCreating: root)
    }

    /// That is how the mount point of a filesystem looks that is not mounted.
    @Test func directoryWithoutVersion_isRefused_andInitIsNamed() throws {
        let directory = try makeTemporaryDirectory()
        defer { removeTree(directory) }
        let error = #expect(throws: SpoolError.self) { try SpoolDirectory(openingOrCreating: directory) }
        #expect(error?.code == .notASpool)
        #expect(error?.description.contains("openloom init") == true)
        #expect(try names(in: directory) == [])
        #expect(chmod(directory.string, 0o755) == 0)
        _ = try SpoolDirectory(initializing: directory)
        _ = try SpoolDirectory(opening: directory)
        #expect(try mode(of: directory) == 0o700)
    }

    @Test func unknownVersion_isNotTouched() throws {
        let temporary = try TemporarySpool()
        try write("2\n", to: temporary.paths.version)
        let error = #expect(throws: SpoolError.self) { try SpoolDirectory(opening: temporary.spool.root) }
        #expect(error?.code == .notASpool)
        #expect(throws: SpoolError.self) { try SpoolDirectory(initializing: temporary.spool.root) }
    }

    @Test func init_refusesADirectoryOfOtherThings() throws {
        let directory = try makeTemporaryDirectory()
        defer { removeTree(directory) }
        try write("mine", to: directory.appending("thesis.tex"))
        let error = #expect(throws: SpoolError.self) { try SpoolDirectory(initializing: directory) }
        #expect(error?.description.contains("thesis.tex") == true)
        #expect(try names(in: directory) == ["thesis.tex"])
    }

    @Test func lock_isOneProcessesOnly() throws {
        let temporary = try TemporarySpool()
        let path = temporary.directory.appending("lock")
        let lock = try FileLock(path, wait: false)
        let error = #expect(throws: SpoolError.self) { try FileLock(path, wait: false) }
        #expect(error?.code == .locked)
        lock.release()
        try FileLock(path, wait: false).release()
    }
}
