/// What is another than at the baseline, as far as checks need it.
package struct WorkspaceChanges: Sendable, Hashable {
    /// The bytes of the paths, from the workspace.
    package var paths: [[UInt8]]
    /// Why this may not be all; nil if it is.
    package var gap: String?

    package init(paths: [[UInt8]], gap: String? = nil) {
        self.paths = paths
        self.gap = gap
    }
}
