/// How much of a workspace is looked at, and how long. What lies beyond a limit is said to be undeterminable; it is
/// never guessed, and never makes a task fail.
package struct EvidenceLimits: Sendable, Hashable {
    /// Files (of any kind) that a walk without git looks at.
    package var files: Int
    /// Directories within directories that a walk without git descends; each costs an open file while it lasts.
    package var depth: Int
    /// Seconds that one walk without git may take.
    package var walkSeconds: Double
    /// Bytes of file content that are hashed on each side.
    package var hashedBytes: Int
    /// Bytes of file content that a baseline without git keeps, so that a change to them has a patch.
    package var keptBytes: Int
    /// Bytes of the largest single file that a baseline without git keeps.
    package var keptFileBytes: Int
    /// Bytes of new or changed files that git may copy into the evidence directory, on each side.
    package var snapshotBytes: Int
    /// Bytes of `changes.patch`, and of the new content that goes into it where git does not keep the baseline.
    package var patchBytes: Int
    /// Bytes of any other answer of git, such as its lists of files.
    package var listBytes: Int
    /// How long one git process may run before its process group is killed.
    package var gitTimeout: Duration

    package init(
        files: Int = 500_000, depth: Int = 128, walkSeconds: Double = 60, hashedBytes: Int = 256 << 20,
        keptBytes: Int = 8 << 20, keptFileBytes: Int = 256 << 10, snapshotBytes: Int = 64 << 20,
        patchBytes: Int = 16 << 20, listBytes: Int = 64 << 20, gitTimeout: Duration = .seconds(60)
    ) {
        self.files = files
        self.depth = depth
        self.walkSeconds = walkSeconds
        self.hashedBytes = hashedBytes
        self.keptBytes = keptBytes
        self.keptFileBytes = keptFileBytes
        self.snapshotBytes = snapshotBytes
        self.patchBytes = patchBytes
        self.listBytes = listBytes
        self.gitTimeout = gitTimeout
    }
}
