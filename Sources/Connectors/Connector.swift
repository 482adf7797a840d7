/// A file in storage that is not this machine's.
package struct RemoteFile: Sendable, Hashable {
    /// As the storage knows it, and as it is given back to it.
    package var path: String
    package var size: Int?
    /// Changes when the file does: an ETag, a time. Nil where the storage tells nothing.
    package var version: String?

    package init(path: String, size: Int? = nil, version: String? = nil) {
        self.path = path
        self.size = size
        self.version = version
    }

    package var name: String { RemotePath.name(of: path) }
}

/// Storage that files come from and results go to: five operations on paths.
///
/// What a path means is the storage's affair; we only join a directory and a name with `/`.
package protocol Connector: Sendable {
    /// The files in a directory; subdirectories are left out. Nil for a directory that is not there.
    func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]?
    /// The names of the files in a directory, where nothing else about them matters; nil for a directory that is not
    /// there.
    func names(in directory: String) async throws(ConnectorError) -> [String]?
    /// Nil if nothing is there.
    ///
    /// - Throws: ``ConnectorError/Kind/tooLarge`` for more than `limit` bytes.
    func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]?
    /// Puts a file there, over one of that name.
    func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError)
    func move(_ path: String, to target: String) async throws(ConnectorError)
    /// Does nothing if nothing is there.
    func delete(_ path: String) async throws(ConnectorError)
}

extension Connector {
    package func names(in directory: String) async throws(ConnectorError) -> [String]? {
        try await list(directory)?.map(\.name)
    }
}

package struct ConnectorError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// The storage knows no such operation, and never will.
        case unsupported
        /// It may pass.
        case failed
        /// More bytes than we take.
        case tooLarge
    }

    package var kind: Kind
    /// One line, for people, without secrets of ours.
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}

package enum RemotePath {
    /// The part after the last slash.
    package static func name(of path: String) -> String {
        // By bytes: a slash that a combining mark follows is one all the same.
        path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    package static func join(_ directory: String, _ name: String) -> String {
        directory.isEmpty ? name : directory.utf8.last == UInt8(ascii: "/") ? directory + name : "\(directory)/\(name)"
    }
}
