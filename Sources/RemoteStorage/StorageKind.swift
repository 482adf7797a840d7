/// A kind of storage that is known without a program.
package enum StorageKind: Sendable, Hashable, CaseIterable {
    /// A directory that this machine has mounted.
    case directory
    /// A collection of a WebDAV server.
    case webDAV
    /// A page of links, or a listing in JSON, of an HTTP server.
    case index

    /// How URLs of this kind begin.
    package var schemes: [String] {
        switch self {
        case .directory: ["file"]
        case .webDAV: ["dav", "davs", "webdav", "webdavs"]
        case .index: ["http", "https"]
        }
    }

    /// Whether nothing can be put there, moved or removed.
    package var isReadOnly: Bool {
        switch self {
        case .directory, .webDAV: false
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
