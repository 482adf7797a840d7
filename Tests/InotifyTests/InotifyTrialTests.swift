import CLinux
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Inotify

@Suite struct InotifyTrialTests {
    @Test func change_isTold_andNoChangeIsNot() throws {
        let directory = try TemporaryDirectory()
        let told = try InotifyTrial.run(in: directory.path, patience: .seconds(30)) {
            mkdir(directory.path.appending("file").string, 0o700)
        }
        #expect(told)
        #expect(try !InotifyTrial.run(in: directory.path, patience: .milliseconds(1)) {})
    }

    @Test func directoryThatIsNotThere_isAnErrorWithAdvice() throws {
        let error = #expect(throws: WatchError.self) {
            try InotifyTrial.run(in: "/nowhere", patience: .milliseconds(1)) {}
        }
        #expect(error?.message.contains("create it first") == true)
    }

    /// No quota is kept there, or none can be asked for: an answer that says so, and no value.
    @Test func quota_isNotMadeUp() throws {
        let directory = try FileDescriptor.open("/proc", .readOnly, options: [.directory])
        defer { try? directory.close() }
        var (bytes, files) = (UInt64(7), UInt64(8))
        #expect(clinux_quota_left(directory.rawValue, getuid(), &bytes, &files) == -1)
        #expect((bytes, files) == (7, 8))
    }
}
