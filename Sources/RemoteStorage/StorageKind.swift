/// A kind of storage that is known without a program.
package enum StorageKind: Sendable, Hashable, CaseIterable {
    /// A directory that this machine has mounted.
    case directory
    /// A collection of a WebDAV server.
    case webDAV
    /// A page of links, or a listing in JSON, of an HTTP server.
    case index
    /// A bucket of Amazon S3, or of what speaks like it.
    case bucket
    /// A directory of a server of SFTP.
    case sftp
    /// A directory of a server of FTP or FTPS.
    case ftp

    /// How URLs of this kind begin.
    package var schemes: [String] {
        switch self {
        case .directory: ["file"]
        case .webDAV: ["dav", "davs", "webdav", "webdavs"]
        case .index: ["http", "https"]
        case .bucket: ["s3"]
        case .sftp: ["sftp"]
        case .ftp: ["ftp", "ftps"]
        }
    }

    /// Whether nothing can be put there, moved or removed.
    package var isReadOnly: Bool {
        switch self {
        case .directory, .webDAV, .bucket, .sftp, .ftp: false
        case .index: true
        }
    }

    /// As in `file, dav, davs`.
    package static let allSchemes = allCases.flatMap(\.schemes).joined(separator: ", ")

    init?(scheme: String) {
        guard let kind = Self.allCases.first(where: { $0.schemes.contains(scheme) }) else { return nil }
        self = kind
    }
}
