import Git
import SystemPackage

/// The paths (from the workspace) at which the work tree differs from an index: changed, gone, or not in it and not
/// ignored.
struct GitListing {
    struct Entry: Hashable {
        var path: [UInt8]
        var isTracked: Bool
    }

    var entries: [Entry] = []
    /// Directories that are repositories of their own and not in the index: git does not look into them.
    var nested: [[UInt8]] = []
    /// What git could not look at, in its own words.
    var notes = Notes()

    static let arguments = ["ls-files", "-t", "-m", "-o", "--exclude-standard", "-z"]
    /// The same, and every ``GitEntry`` of the index before them, in one run.
    static let argumentsWithEntries = ["ls-files", "-v", "-s", "-m", "-o", "--exclude-standard", "-z"]

    private static let other = UInt8(ascii: "?")
    private static let changed = UInt8(ascii: "C")

    init(_ answer: GitProgram.Answer, hasEntries: Bool = false) {
        var seen: Set<[UInt8]> = []
        for record in answer.records where record.count > 2 {
            var path: [UInt8]
            if hasEntries && record[0] != Self.other {
                guard record[0] == Self.changed, let entry = GitEntry(record) else { continue }
                path = entry.path
            } else {
                path = Array(record.dropFirst(2))
            }
            guard seen.insert(path).inserted else { continue }
            if path.last == UInt8(ascii: "/") {
                path.removeLast()
                nested.append(path)
            } else {
                entries.append(Entry(path: path, isTracked: record[0] != Self.other))
            }
        }
        for line in answer.errors.split(separator: "\n") { notes.add("git: \(line)") }
    }
}

/// What of a listing goes into a snapshot, decided without opening more than a directory.
struct GitSelection {
    /// To be taken over as they are now; includes what is gone.
    var update: [[UInt8]] = []
    /// Now neither file, link nor submodule: out of the index.
    var remove: [[UInt8]] = []
    /// Files that are left out, and why.
    var skipped: [Skipped] = []

    struct Skipped: Hashable {
        var path: [UInt8]
        var status: FileStatus
        var reason: String
        var isTracked: Bool
    }

    init() {}

    init(
        _ entries: [GitListing.Entry], _ root: borrowing OwnedDescriptor, limits: EvidenceLimits,
        except known: Set<[UInt8]> = []
    ) {
        var bytes = 0
        for entry in entries where !known.contains(entry.path) {
            guard let status = try? Beneath.status(root, entry.path) else {
                update.append(entry.path)
                continue
            }
            func skip(_ reason: String) {
                skipped.append(
                    Skipped(path: entry.path, status: status, reason: reason, isTracked: entry.isTracked))
            }
            switch status.kind {
            case .link: update.append(entry.path)
            case .other: remove.append(entry.path)
            case .directory:
                let marker = entry.path + Array("/.git".utf8)
                if (try? Beneath.status(root, marker)) != nil {
                    update.append(entry.path)
                } else {
                    remove.append(entry.path)
                }
            case .regular:
                if status.size > limits.snapshotBytes - bytes {
                    skip("it would take the copies of new content over \(limits.snapshotBytes) bytes")
                } else if let error = Self.obstacle(root, entry.path) {
                    skip("cannot be read: \(error)")
                } else {
                    bytes += status.size
                    update.append(entry.path)
                }
            }
        }
    }

    private static func obstacle(_ root: borrowing OwnedDescriptor, _ path: [UInt8]) -> Errno? {
        do {
            try Beneath.with(root, path) { (directory, name) throws(Errno) in
                _ = try Syscalls.openRegular(directory, name)
            }
            return nil
        } catch {
            // Gone since: git will find that too.
            return error == .noSuchFileOrDirectory ? nil : error
        }
    }

    /// For `-z --stdin`.
    static func input(_ paths: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for path in paths {
            bytes += path
            bytes.append(0)
        }
        return bytes
    }
}
