import SystemPackage

/// What the bookkeeping and the thread need of the operating system; tests put something else in its place.
protocol WatchKernel: Sendable {
    /// Readable when ``events()`` has something; nil when it never will.
    var descriptor: Int32? { get }

    /// Watches what is now at that path. Answers the same number again when that is watched already.
    func add(_ directory: FilePath) throws(Errno) -> Int32

    /// Ends a watch; one that has ended already is no error.
    func remove(_ watch: Int32)

    /// The watches that have not ended; nil when that can't be known.
    func live() -> Set<Int32>?

    /// What has happened since the last call, up to a buffer's worth; never waits.
    func events() throws(Errno) -> [InotifyEvent]

    /// Gives everything back. Nothing else is called afterwards.
    func close()
}
