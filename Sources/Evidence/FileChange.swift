package import JSON
package import SystemPackage

/// One file that is not as it was at the baseline. What of it could not be learnt is nil.
package struct FileChange: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case added, modified, deleted
        /// Another kind of file now: a symbolic link where there was a regular file, and the like.
        case typeChanged = "type_changed"
        /// The same content under other permissions.
        case modeChanged = "mode_changed"
    }

    /// Relative to the workspace; bytes, not necessarily UTF-8.
    package var path: FilePath
    package var kind: Kind
    /// Bytes; of a symbolic link, those of its target.
    package var sizeBefore: Int?
    package var sizeAfter: Int?
    /// Type and permissions as in `st_mode`. Where git keeps the baseline, git's own short list of them.
    package var modeBefore: UInt32?
    package var modeAfter: UInt32?
    /// SHA-256 in hexadecimal; of a symbolic link, of its target. Where git keeps the baseline, the one before is of the
    /// content as git stores it: not that of the disk only where attributes have git convert line ends.
    package var sha256Before: String?
    package var sha256After: String?
    /// git's ids of the content, where git keeps the baseline.
    package var objectBefore: String?
    package var objectAfter: String?
    /// Of an added file: the deleted one that had the same content.
    package var movedFrom: FilePath?
    /// Of a file outside of the workspace: the symbolic link in it that leads there.
    package var through: FilePath?
    /// Why `changes.patch` does not hold this change; nil when it does, or when there is no patch at all.
    package var notInPatch: String?

    init(_ kind: Kind, _ path: FilePath) {
        self.path = path
        self.kind = kind
    }

    package var json: JSONValue {
        var members = JSONObject()
        PathText.put(path, into: &members)
        members["kind"] = .string(kind.rawValue)
        members["size_before"] = sizeBefore.map { .int($0) }
        members["size_after"] = sizeAfter.map { .int($0) }
        members["mode_before"] = modeBefore.map { .string(String($0, radix: 8)) }
        members["mode_after"] = modeAfter.map { .string(String($0, radix: 8)) }
        members["sha256_before"] = sha256Before.map { .string($0) }
        members["sha256_after"] = sha256After.map { .string($0) }
        members["object_before"] = objectBefore.map { .string($0) }
        members["object_after"] = objectAfter.map { .string($0) }
        members["moved_from"] = movedFrom.map { BaselineRecord.pathObject(PathText.bytes($0)) }
        members["through"] = through.map { BaselineRecord.pathObject(PathText.bytes($0)) }
        members["not_in_patch"] = notInPatch.map { .string($0) }
        return .object(members)
    }
}
