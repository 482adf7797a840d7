import Glibc
import Synchronization
import SystemPackage

/// The baseline of a workspace without git: what a scan saw, with hashes and small contents as far as the limits go.
struct WalkBaseline: Sendable {
    /// By the bytes of their paths.
    var files: [BaselineFile] = []
    /// The kept contents, one after the other.
    var content: [UInt8] = []
    var outcome = WorkspaceTree.Outcome()
    /// Directories with a `.git`.
    var repositories: [[UInt8]] = []

    static func take(_ root: FilePath, tree: WorkspaceTree) async throws(Errno) -> WalkBaseline {
        let budget = Budget(limits: tree.limits)
        let (parts, outcome) = try await tree.scan(root) { Part($0, $1, budget) }
        return WalkBaseline(parts, outcome, tree.limits)
    }

    /// What one directory came to.
    struct Part: Sendable {
        var files: [BaselineFile] = []
        /// Of the files to be kept, by their place among ``files``.
        var contents: [(place: Int, bytes: [UInt8])] = []
        var unread = 0
        var repository: [UInt8]?

        init(_ descriptor: borrowing OwnedDescriptor, _ directory: WorkspaceTree.Directory, _ budget: Budget) {
            if directory.isRepository { repository = directory.path }
            for found in directory.files {
                var file = BaselineFile(path: directory.path(of: found.name), status: found.status)
                var bytes: [UInt8]?
                switch found.status.kind {
                case .regular:
                    let read = budget.read(descriptor, found)
                    if read == nil { unread += 1 }
                    file.sha256 = read?.sha256
                    bytes = read?.bytes
                case .link:
                    bytes = try? Syscalls.linkTarget(descriptor, found.name)
                    file.sha256 = bytes.map { ContentHash(of: $0).sha256 }
                case .other, .directory: break
                }
                if let bytes, bytes.count == found.status.size, budget.keep(bytes.count) {
                    contents.append((files.count, bytes))
                }
                files.append(file)
            }
        }
    }

    /// What may still be read and kept; shared by all threads of a scan.
    final class Budget: Sendable {
        private let limits: EvidenceLimits
        private let hashed = Atomic(0)
        private let kept = Atomic(0)

        init(limits: EvidenceLimits) { self.limits = limits }

        /// - Returns: nil when the file is unreadable, being changed, or over the limit.
        func read(_ descriptor: borrowing OwnedDescriptor, _ file: WorkspaceTree.File) -> ContentHash? {
            let size = file.status.size
            guard size <= limits.hashedBytes - hashed.load(ordering: .relaxed) else { return nil }
            let room = min(limits.keptFileBytes, limits.keptBytes - kept.load(ordering: .relaxed))
            guard let read = try? ContentHash(descriptor, file.name, expected: file.status, keep: room) else {
                return nil
            }
            hashed.add(size, ordering: .relaxed)
            return read
        }

        /// - Returns: Whether so many bytes may be kept; they are counted then.
        func keep(_ count: Int) -> Bool {
            guard count <= limits.keptFileBytes else { return false }
            if kept.add(count, ordering: .relaxed).newValue <= limits.keptBytes { return true }
            kept.subtract(count, ordering: .relaxed)
            return false
        }
    }

    init(_ parts: [Part], _ outcome: WorkspaceTree.Outcome, _ limits: EvidenceLimits) {
        self.outcome = outcome
        files.reserveCapacity(parts.reduce(0) { $0 + $1.files.count })
        var unread = 0
        for part in parts {
            let start = files.count
            files += part.files
            for (place, bytes) in part.contents {
                files[start + place].offset = content.count
                content += bytes
            }
            unread += part.unread
            if let repository = part.repository { repositories.append(repository) }
        }
        files.sort { Bytes.precedes($0.path, $1.path) }
        if unread > 0 {
            self.outcome.notes.add(
                "\(unread) files were not read, being unreadable, changing or beyond \(limits.hashedBytes) bytes")
        }
    }
}
