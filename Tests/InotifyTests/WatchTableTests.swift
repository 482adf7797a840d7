import Glibc
import SystemPackage
import Testing

@testable import Inotify

@Suite struct WatchTableTests {
    private let now = ContinuousClock.now
    private let kernel = FakeKernel(["/a": 1, "/b": 2])
    private var table = WatchTable()

    @Test mutating func apply_namesEveryKeyOfTheDirectory() throws {
        try table.watch("/a", key: "one", kernel: kernel)
        try table.watch("/a", key: "two", kernel: kernel)
        try table.watch("/b", key: "other", kernel: kernel)
        let hint = apply(event(1, IN_CLOSE_WRITE, "file"))
        #expect(hint == WatchHint(keys: ["one", "two"], closed: ["one": ["file"], "two": ["file"]]))
    }

    @Test(arguments: [IN_CREATE, IN_DELETE, IN_MOVED_FROM, IN_MOVE_SELF])
    mutating func apply_givesTheKeyAlone(mask: Int32) throws {
        try table.watch("/a", key: "a", kernel: kernel)
        #expect(apply(event(1, mask, "name")) == WatchHint(keys: ["a"]))
    }

    @Test(arguments: [IN_CREATE, IN_DELETE, IN_MOVED_FROM, IN_MOVED_TO])
    mutating func apply_namesDirectoriesThatComeAndGo(mask: Int32) throws {
        try table.watch("/a", key: "a", kernel: kernel)
        let hint = apply(event(1, mask | IN_ISDIR, "name"))
        #expect(hint == WatchHint(moved: ["a": ["name"]]))
        #expect(hint?.unnamed == [])
        #expect(apply(event(1, mask | IN_ISDIR)) == WatchHint(keys: ["a"]), "its name is not UTF-8")
    }

    @Test mutating func apply_isSilent_aboutWatchesOfNobody() throws {
        try table.watch("/a", key: "a", kernel: kernel)
        table.unwatch("a", kernel: kernel)
        #expect(kernel.removed == [1])
        #expect(apply(event(1, IN_CREATE), event(1, IN_IGNORED)) == nil)
        #expect(kernel.added == ["/a"], "an end that was asked for is no loss")
    }

    @Test mutating func overflow_isRescan_andRestoresWatchesWhoseEndWasDropped() throws {
        try table.watch("/a", key: "a", kernel: kernel)
        try table.watch("/b", key: "b", kernel: kernel)
        kernel.set(live: [2])
        kernel.set("/a", 3)
        #expect(apply(event(-1, IN_Q_OVERFLOW)) == WatchHint(rescan: true))
        #expect(kernel.added == ["/a", "/b", "/a"])
        #expect(apply(event(3, IN_CREATE)) == WatchHint(keys: ["a"]))
        #expect(apply(event(2, IN_CREATE)) == WatchHint(keys: ["b"]))
    }

    @Test mutating func overflow_watchesEverythingAgain_whenTheKernelDoesNotSayWhatIsLeft() throws {
        try table.watch("/a", key: "a", kernel: kernel)
        try table.watch("/b", key: "b", kernel: kernel)
        #expect(apply(event(-1, IN_Q_OVERFLOW)) == WatchHint(rescan: true))
        #expect(kernel.added.count == 4)
        #expect(apply(event(1, IN_CREATE), event(2, IN_CREATE)) == WatchHint(keys: ["a", "b"]))
    }

    @Test(arguments: [IN_IGNORED, IN_DELETE_SELF, IN_UNMOUNT])
    mutating func end_isRescan_andWatchesThePathAgain(mask: Int32) throws {
        try table.watch("/a", key: "a", kernel: kernel)
        kernel.set("/a", 7)
        #expect(apply(event(1, mask), event(1, IN_IGNORED)) == WatchHint(keys: ["a"], rescan: true))
        #expect(table.nextRetry == nil)
        #expect(apply(event(7, IN_CREATE)) == WatchHint(keys: ["a"]))
    }

    @Test mutating func end_ofTheNumbersFormerOwner_leavesTheWatchInPlace() throws {
        try table.watch("/a", key: "a", kernel: kernel)
        table.unwatch("a", kernel: kernel)
        kernel.set("/b", 1)
        try table.watch("/b", key: "b", kernel: kernel)
        // The end of the first watch, read only now.
        #expect(apply(event(1, IN_IGNORED)) == WatchHint(keys: ["b"], rescan: true))
        #expect(table.nextRetry == nil)
        #expect(apply(event(1, IN_CREATE)) == WatchHint(keys: ["b"]))
    }

    @Test mutating func end_unknownWhenTheNumberIsTakenAgain_restoresBothKeys() throws {
        try table.watch("/a", key: "a", kernel: kernel)
        // The directory is replaced, and its number given away, before its end is read.
        kernel.set("/a", 5)
        kernel.set("/b", 1)
        try table.watch("/b", key: "b", kernel: kernel)
        #expect(apply(event(1, IN_IGNORED)) == WatchHint(keys: ["a", "b"], rescan: true))
        #expect(apply(event(5, IN_CREATE)) == WatchHint(keys: ["a"]))
        #expect(apply(event(1, IN_CREATE)) == WatchHint(keys: ["b"]))
    }

    @Test mutating func lostDirectory_isLookedForLessAndLessOften_untilItIsThere() throws {
        try table.watch("/a", key: "a", kernel: kernel)
        kernel.set("/a", nil)
        _ = apply(event(1, IN_DELETE_SELF))
        var time = now + .milliseconds(50)
        #expect(table.nextRetry == time)

        #expect(table.retry(kernel: kernel, now: now + .milliseconds(49)) == nil)
        #expect(kernel.added.count == 2, "not before its time")

        #expect(table.retry(kernel: kernel, now: time) == nil)
        #expect(table.nextRetry == time + .milliseconds(100))

        time = time + .milliseconds(100)
        kernel.set("/a", 9)
        #expect(table.retry(kernel: kernel, now: time) == WatchHint(keys: ["a"], rescan: true))
        #expect(table.nextRetry == nil)
        #expect(apply(event(9, IN_CREATE)) == WatchHint(keys: ["a"]))
    }

    @Test(arguments: [Errno.noSpace, .notDirectory, .permissionDenied])
    mutating func lostDirectory_isLookedForAgain_whateverTheError(_ errno: Errno) throws {
        try table.watch("/a", key: "a", kernel: kernel)
        kernel.set("/a", nil)
        kernel.set(error: errno)
        _ = apply(event(1, IN_IGNORED))
        #expect(table.nextRetry == now + .milliseconds(50))
    }

    @Test mutating func unwatch_endsTheSearchForALostDirectory() throws {
        try table.watch("/a", key: "a", kernel: kernel)
        kernel.set("/a", nil)
        _ = apply(event(1, IN_IGNORED))
        table.unwatch("a", kernel: kernel)
        #expect(table.nextRetry == nil)
        #expect(kernel.removed.isEmpty, "the kernel ended that watch itself")
    }

    @Test mutating func watch_endsTheSearchForALostDirectory() throws {
        try table.watch("/a", key: "a", kernel: kernel)
        kernel.set("/a", nil)
        _ = apply(event(1, IN_IGNORED))
        try table.watch("/b", key: "a", kernel: kernel)
        #expect(table.nextRetry == nil)
        #expect(apply(event(2, IN_CREATE)) == WatchHint(keys: ["a"]))
    }

    @Test mutating func watch_again_changesNothing() throws {
        try table.watch("/a", key: "a", kernel: kernel)
        try table.watch("/a", key: "a", kernel: kernel)
        #expect(kernel.removed.isEmpty)
        #expect(apply(event(1, IN_CREATE)) == WatchHint(keys: ["a"]))
    }

    @Test mutating func watch_ofAnotherDirectory_movesTheKey() throws {
        try table.watch("/a", key: "a", kernel: kernel)
        try table.watch("/b", key: "a", kernel: kernel)
        #expect(kernel.removed == [1])
        #expect(apply(event(1, IN_CREATE)) == nil)
        #expect(apply(event(2, IN_CREATE)) == WatchHint(keys: ["a"]))
    }

    @Test mutating func unwatch_keepsTheWatch_thatAnotherKeyNeeds() throws {
        try table.watch("/a", key: "one", kernel: kernel)
        try table.watch("/a", key: "two", kernel: kernel)
        table.unwatch("one", kernel: kernel)
        #expect(kernel.removed.isEmpty)
        #expect(apply(event(1, IN_CREATE)) == WatchHint(keys: ["two"]))
        table.unwatch("two", kernel: kernel)
        #expect(kernel.removed == [1])
    }

    @Test mutating func watch_leavesTheKeyAsItWas_afterAnError() throws {
        try table.watch("/a", key: "a", kernel: kernel)
        #expect(throws: WatchError.self) { try table.watch("/nowhere", key: "a", kernel: kernel) }
        #expect(kernel.removed.isEmpty)
        #expect(apply(event(1, IN_CREATE)) == WatchHint(keys: ["a"]))
    }

    private mutating func apply(_ events: InotifyEvent...) -> WatchHint? {
        table.apply(events, kernel: kernel, now: now)
    }

    private func event(_ watch: Int32, _ mask: Int32, _ name: String? = nil) -> InotifyEvent {
        InotifyEvent(watch: watch, mask: UInt32(bitPattern: mask), name: name)
    }
}
