/// A kind of storage that is known without a program.
package enum StorageKind: Sendable, Hashable, CaseIterable {
    /// A directory that this machine has mounted.
    case directory
    /// A bucket of Amazon S3, or of what speaks like it.
    case bucket

    /// How URLs of this kind begin.
    package var schemes: [String] {
        switch self {
        case .directory: ["file"]
        case .bucket: ["s3"]
        }
    }

    /// Whether nothing can be put there, moved or removed.
    package var isReadOnly: Bool {
        switch self {
        case .directory, .bucket: false
        }
    }

    /// As in `file, dav, davs`.
    package static let allSchemes = allCases.flatMap(\.schemes).joined(separator: ", ")

    init?(scheme: String) {
        guard let kind = Self.allCases.first(where: { $0.schemes.contains(scheme) }) else { return nil }
        self = kind
    }
}
