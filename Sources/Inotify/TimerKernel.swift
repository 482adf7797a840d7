import SystemPackage

/// No events at all: the thread's timer makes the hints. A directory must exist when it is named, as with inotify, so
/// that a slip of the pen is found either way.
struct TimerKernel: WatchKernel {
    var descriptor: Int32? { nil }

    /// One number for everything: no event will ask which directory it was.
    func add(_ directory: FilePath) throws(Errno) -> Int32 {
        try Syscalls.checkDirectory(directory)
        return 0
    }

    func remove(_ watch: Int32) {}
    func live() -> Set<Int32>? { nil }
    func events() throws(Errno) -> [InotifyEvent] { [] }
    func close() {}
}
