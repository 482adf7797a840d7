import SystemPackage
import Testing

@testable import Inotify

@Suite struct WatchErrorTests {
    @Test func watch_saysWhichLimitToRaise_whenTheKernelHasNoWatchesLeft() throws {
        let kernel = FakeKernel()
        kernel.set(error: .noSpace)
        let watcher = try DirectoryWatcher(kernel: kernel, interval: nil)
        let error = #expect(throws: WatchError.self) { try watcher.watch("/spool/new", key: "new") }
        #expect(error?.code == .limitReached)
        #expect(error?.errno == .noSpace)
        #expect(error?.path == "/spool/new")
        #expect(
            error?.message == "cannot watch /spool/new: this user has no inotify watches left; raise the limit, "
                + "for example with 'sysctl fs.inotify.max_user_watches=1048576', "
                + "and write it to /etc/sysctl.d/ to keep it")
    }

    @Test(arguments: [Errno.tooManyOpenFiles, .tooManyOpenFilesInSystem])
    func starting_saysWhichLimitsToRaise(errno: Errno) {
        let error = WatchError.starting(errno)
        #expect(error.code == .limitReached)
        #expect(error.message.contains("fs.inotify.max_user_instances"))
        #expect(error.message.contains("ulimit -n"))
    }

    @Test func unplannedErrors_keepTheirErrno() {
        #expect(WatchError.watching("/a", .permissionDenied).code == .systemCall)
        #expect(WatchError.watching("/a", .permissionDenied).message.contains("grant this user read access"))
        #expect(WatchError.watching("/a", .noMemory).errno == .noMemory)
        #expect(WatchError.starting(.noMemory).code == .systemCall)
    }
}
