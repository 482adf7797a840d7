import Git
import SystemCalls
import SystemPackage

/// What of a list of paths goes into a snapshot, decided without opening more than a directory.
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
        _ entries: [GitStatus.Entry], _ root: borrowing OwnedDescriptor, limits: EvidenceLimits,
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
