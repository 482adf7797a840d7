import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

@testable import Inotify

/// The kernel without a thread, so that events stay in its queue.
@Suite struct InotifyKernelTests {
    private let directory: TemporaryDirectory
    private let kernel: InotifyKernel

    init() throws {
        directory = try TemporaryDirectory()
        kernel = try InotifyKernel()
    }

    @Test func overflow_ofTheRealQueue_isRescan_andTheWatchStays() throws {
        defer { kernel.close() }
        var table = WatchTable()
        try table.watch(directory.path, key: "k", kernel: kernel)
        let limit = try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
        let size = try #require(Int(limit.prefix { $0.isNumber }))
        try directory.write("a")
        // Each rename is two events, and no two are equal: of those the kernel would keep one.
        for number in 0...size { try directory.rename(number % 2 == 0 ? "a" : "b", number % 2 == 0 ? "b" : "a") }

        let hint = try drain(&table)
        #expect(hint.rescan)
        #expect(hint.keys == ["k"])
        #expect(hint.closed == ["k": ["a", "b"]])

        try directory.write("after")
        #expect(try drain(&table) == WatchHint(closed: ["k": ["after"]]))
    }

    @Test func live_namesTheWatchesThatAreLeft() throws {
        defer { kernel.close() }
        let paths = try (0..<20).map { try directory.makeDirectory("d\($0)") }
        let watches = try paths.map { try kernel.add($0) }
        #expect(kernel.live() == Set(watches))
        try directory.removeDirectory("d3")
        kernel.remove(watches[17])
        #expect(kernel.live() == Set(watches).subtracting([watches[3], watches[17]]))
    }

    @Test func fdinfo_isReadAsHexadecimal() {
        let text = """
            pos:\t0
            flags:\t02004000
            inotify wd:1f ino:2 sdev:800013 mask:3c8 ignored_mask:0 fhandle-bytes:8
            inotify wd:1 ino:3 sdev:800013 mask:3c8 ignored_mask:0 fhandle-bytes:8
            inotify wd:zz
            """
        #expect(InotifyKernel.watches(inFDInfo: text) == [31, 1])
    }

    @Test func add_answersTheSameNumber_forTheSameDirectory() throws {
        defer { kernel.close() }
        let first = try kernel.add(directory.path)
        #expect(try kernel.add(directory.path.appending(".")) == first)
    }

    @Test func events_areEmpty_whenNothingHappened() throws {
        defer { kernel.close() }
        #expect(try kernel.events().isEmpty)
    }

    private func drain(_ table: inout WatchTable) throws -> WatchHint {
        var all = WatchHint()
        while true {
            let events = try kernel.events()
            if events.isEmpty { return all }
            if let hint = table.apply(events, kernel: kernel, now: .now) { all.merge(hint) }
        }
    }
}
