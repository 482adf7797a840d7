import Glibc
import Synchronization
import SystemCalls
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
        /// Places of those that are as they were kept.
        var reused: [Int] = []
        var repository: [UInt8]?

        init(
            _ descriptor: borrowing OwnedDescriptor, _ directory: WorkspaceTree.Directory, _ budget: Budget,
            _ kept: WalkCache.Kept? = nil
        ) {
            if directory.isRepository { repository = directory.path }
            var places = (kept?.table.places(in: directory.path) ?? [])[...]
            for found in directory.files {
                if let kept, let old = Self.reuse(found, kept, &places) {
                    reused.append(old)
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

        /// The place of what is known of a file, if its status proves that it is the one that was read.
        private static func reuse(
            _ file: WorkspaceTree.File, _ kept: WalkCache.Kept, _ places: inout ArraySlice<Int>
        ) -> Int? {
            while let place = places.first {
                let order = kept.table.order(place, file.name)
                if order > 0 { return nil }
                places.removeFirst()
                if order < 0 { continue }
                guard file.status.isSame(as: kept.files.status(of: place)),
                    !file.status.mayHaveChanged(since: kept.begun),
                    kept.files.hasHash(place) || file.status.kind == .other
                else { return nil }
                return place
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
        let reused = parts.reduce(0) { $0 + $1.reused.count }
        isAsKept = reused > 0 && reused == kept?.files.count && parts.allSatisfy { $0.files.isEmpty }
        repositories = parts.compactMap(\.repository)
        let unread = parts.reduce(0) { $0 + $1.unread }
        if unread > 0 {
            self.outcome.notes.add(
                "\(unread) files were not read, being unreadable, changing or beyond \(limits.hashedBytes) bytes")
        }
        if isAsKept { return }
        files.reserveCapacity(parts.reduce(reused) { $0 + $1.files.count })
        for part in parts {
            if let kept { for place in part.reused { take(kept.files[place], kept.content, limits) } }
            let start = files.count
            files += part.files
            for (place, bytes) in part.contents where bytes.count <= limits.keptBytes - content.count {
                files[start + place].offset = content.count
                content += bytes
            }
        }
        files.sort { Bytes.precedes($0.path, $1.path) }
    }

    /// Takes over a file as it was kept, with its content among all that were.
    private mutating func take(_ file: BaselineFile, _ contents: [UInt8], _ limits: EvidenceLimits) {
        var file = file
        let size = file.status.size
        if let offset = file.offset {
            file.offset = nil
            if offset >= 0, offset <= contents.count, size <= contents.count - offset,
                size <= limits.keptBytes - content.count
            {
                file.offset = content.count
                content += contents[offset..<(offset + size)]
            }
        }
        files.append(file)
    }
}
