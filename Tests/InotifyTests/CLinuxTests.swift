import CLinux
import Glibc
import SystemPackage
import TestSupport
import Testing

@Suite struct CLinuxTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func renameat2_movesADirectory() throws {
        try directory.makeDirectory("a")
        #expect(rename("a", "b", CLINUX_RENAME_NOREPLACE) == nil)
        #expect(try directory.names() == ["b"])
    }

    @Test func renameat2_replacesNothing_notEvenAnEmptyDirectory() throws {
        try directory.makeDirectory("a")
        try directory.makeDirectory("b")
        #expect(rename("a", "b", CLINUX_RENAME_NOREPLACE) == .fileExists)
        #expect(try directory.names() == ["a", "b"])
    }

    @Test func renameat2_exchangesTwo() throws {
        try directory.makeDirectory("a")
        try directory.makeDirectory("a/inside")
        try directory.write("b")
        #expect(rename("a", "b", CLINUX_RENAME_EXCHANGE) == nil)
        try directory.removeDirectory("b/inside")
        try directory.removeFile("a")
    }

    @Test func renameat2_leavesErrnoToTheCaller() {
        #expect(rename("missing", "b", CLINUX_RENAME_NOREPLACE) == .noSuchFileOrDirectory)
    }

    @Test func statfsType_isTheMagicNumber() {
        var type = 0
        #expect(clinux_statfs_type("/proc", &type) == 0)
        #expect(type == 0x9FA0)
        #expect(clinux_statfs_type("/missing/path", &type) == -1)
        #expect(errno == ENOENT)
    }

    /// Nil when it went well.
    private func rename(_ old: String, _ new: String, _ flags: UInt32) -> Errno? {
        let result = directory.path.appending(old).withPlatformString { from in
            directory.path.appending(new).withPlatformString { clinux_renameat2(AT_FDCWD, from, AT_FDCWD, $0, flags) }
        }
        return result == 0 ? nil : Errno(rawValue: errno)
    }
}
