import Glibc
import JSON
import SystemPackage

/// The baseline of a workspace without git: what a walk saw, with hashes and small contents as far as the limits go.
struct WalkBaseline {
    var files: [BaselineFile] = []
    /// The kept contents, one after the other.
    var content: [UInt8] = []
    var outcome = WorkspaceTree.Outcome()
    private var hashed = 0
    private let limits: EvidenceLimits

    private init(limits: EvidenceLimits) { self.limits = limits }

    static func take(
        _ root: borrowing OwnedDescriptor, tree: WorkspaceTree
    ) throws(Errno) -> WalkBaseline {
        var baseline = WalkBaseline(limits: tree.limits)
        var unread = 0
        let outcome = try tree.walk(root) { directory, name, path, status in
            var file = BaselineFile(path: path, status: status)
            switch status.kind {
            case .regular:
                if !baseline.read(directory, name, &file) { unread += 1 }
            case .link:
                if let target = try? Syscalls.linkTarget(directory, name) {
                    file.sha256 = ContentHash(of: target).sha256
                    baseline.keep(target, &file)
                }
            case .other, .directory: break
            }
            baseline.files.append(file)
        }
        baseline.outcome = outcome
        if unread > 0 {
            baseline.outcome.notes.add(
                "\(unread) files were not read, being unreadable, changing or beyond \(tree.limits.hashedBytes) bytes")
        }
        return baseline
    }

    private mutating func read(
        _ directory: borrowing OwnedDescriptor, _ name: [UInt8], _ file: inout BaselineFile
    ) -> Bool {
        guard file.status.size <= limits.hashedBytes - hashed else { return false }
        let room = min(limits.keptFileBytes, keptBytesLeft)
        guard
            let read = try? ContentHash(directory, name, expected: file.status, keep: room)
        else { return false }
        hashed += file.status.size
        file.sha256 = read.sha256
        if let bytes = read.bytes { keep(bytes, &file) }
        return true
    }

    private var keptBytesLeft: Int { max(0, limits.keptBytes - content.count) }

    private mutating func keep(_ bytes: [UInt8], _ file: inout BaselineFile) {
        guard bytes.count <= min(limits.keptFileBytes, keptBytesLeft), bytes.count == file.status.size else { return }
        file.offset = content.count
        content.append(contentsOf: bytes)
    }
}
