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
    /// Whether it is, file by file, the one that was kept.
    var isAsKept = false

    /// - Parameter kept: The last baseline of the same workspace.
    static func take(
        _ root: FilePath, tree: WorkspaceTree, kept: WalkCache.Kept? = nil
    ) async throws(Errno) -> WalkBaseline {
        let budget = Budget(limits: tree.limits)
        let (parts, outcome) = try await tree.scan(root) { Part($0, $1, budget, kept) }
        return WalkBaseline(parts, outcome, tree.limits, kept)
    }

    /// What one directory came to.
    struct Part: Sendable {
        var files: [BaselineFile] = []
        /// Of the files to be kept, by their place among ``files``.
        var contents: [(place: Int, bytes: [UInt8])] = []
        var unread = 0
        /// How many are as they were kept.
        var reused = 0
        var repository: [UInt8]?

        init(
            _ descriptor: borrowing OwnedDescriptor, _ directory: WorkspaceTree.Directory, _ budget: Budget,
            _ kept: WalkCache.Kept? = nil
        ) {
            if directory.isRepository { repository = directory.path }
            var places = (kept?.table.places(in: directory.path) ?? [])[...]
            for found in directory.files {
                if let kept, let old = Self.reuse(found, kept, &places) {
                    reused += 1
                    files.append(old)
                    continue
                }
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

        /// What is known of a file, if its status proves that it is the one that was read.
        private static func reuse(
            _ file: WorkspaceTree.File, _ kept: WalkCache.Kept, _ places: inout ArraySlice<Int>
        ) -> BaselineFile? {
            while let place = places.first {
                let order = Bytes.order(kept.table.name(of: place), file.name[...])
                if order > 0 { return nil }
                places.removeFirst()
                if order < 0 { continue }
                let old = kept.files[place]
                guard file.status.isSame(as: old.status), !file.status.mayHaveChanged(since: kept.begun),
                    old.sha256 != nil || file.status.kind == .other
                else { return nil }
                return old
            }
            return nil
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

    init(
        _ parts: [Part], _ outcome: WorkspaceTree.Outcome, _ limits: EvidenceLimits, _ kept: WalkCache.Kept? = nil
    ) {
        self.outcome = outcome
        let reused = parts.reduce(0) { $0 + $1.reused }
        isAsKept = reused > 0 && reused == kept?.files.count && parts.allSatisfy { $0.files.count == $0.reused }
        if isAsKept, let kept { files = kept.files }
        if isAsKept {
            repositories = parts.compactMap(\.repository)
            return
        }
        files.reserveCapacity(parts.reduce(0) { $0 + $1.files.count })
        var unread = 0
        for part in parts {
            let start = files.count
            files += part.files
            if let kept, part.reused > 0 { takeContents(from: kept, start, limits) }
            for (place, bytes) in part.contents where bytes.count <= limits.keptBytes - content.count {
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

    /// Copies what was kept of the files from `start` on.
    private mutating func takeContents(from kept: WalkCache.Kept, _ start: Int, _ limits: EvidenceLimits) {
        for place in start..<files.count {
            guard let offset = files[place].offset else { continue }
            let size = files[place].status.size
            files[place].offset = nil
            guard offset >= 0, offset <= kept.content.count, size <= kept.content.count - offset,
                size <= limits.keptBytes - content.count
            else { continue }
            files[place].offset = content.count
            content += kept.content[offset..<(offset + size)]
        }
    }
}
