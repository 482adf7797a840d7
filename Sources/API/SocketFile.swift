import Glibc
import PrivateFile
import Synchronization
import SystemPackage

/// The place of a Unix socket in the file system, while we listen there.
///
/// The socket is bound in a directory that only we may enter, given its mode, and only then put in its place: at no
/// moment can others connect. Nothing that somebody else left there is replaced.
final class SocketFile: Sendable {
    let path: FilePath
    private let staging: FilePath
    private let published = Mutex<FileStatus?>(nil)

    /// Where the socket is to be bound.
    var boundPath: FilePath { staging.appending("s") }

    /// The longest path that fits into the kernel's structure, its final zero not counted.
    private static let longest = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// Removes a socket at `path` on which nobody answers.
    ///
    /// - Throws: ``APIServerError`` if anything else is there.
    init(_ path: FilePath) throws(APIServerError) {
        self.path = path
        let template = path.removingLastComponent().appending(".ol-XXXXXX")
        // The path that is bound is two bytes longer than the template.
        guard path.string.utf8.count <= Self.longest, template.string.utf8.count + 2 <= Self.longest else {
            throw .cannotUseSocket(path: path.string, reason: "the path is too long; choose a shorter one")
        }
        try Self.makeWay(path)
        var bytes = Array(template.string.utf8CString)
        guard mkdtemp(&bytes) != nil else { throw Self.failure(path, "its directory can't be written") }
        staging = FilePath(String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    private static func makeWay(_ path: FilePath) throws(APIServerError) {
        guard let status = FileStatus(path) else {
            guard errno == ENOENT else { throw failure(path, "it can't be looked at") }
            return
        }
        guard status.isSocket else {
            throw .cannotUseSocket(path: path.string, reason: "something that is no socket is there; it is left alone")
        }
        guard status.owner == geteuid() else {
            throw .cannotUseSocket(path: path.string, reason: "a socket of another user is there; it is left alone")
        }
        guard !isAnswered(path) else {
            throw .cannotUseSocket(path: path.string, reason: "another process listens there")
        }
        guard Glibc.unlink(path.string) == 0 || errno == ENOENT else {
            throw failure(path, "the old socket can't be removed")
        }
    }

    /// Makes the bound socket ours alone, and puts it in its place.
    func publish() throws(APIServerError) {
        guard chmod(boundPath.string, 0o600) == 0, let status = FileStatus(boundPath) else {
            throw Self.failure(path, "its mode can't be set")
        }
        // A link, as a rename would replace what somebody put there in the meantime.
        guard link(boundPath.string, path.string) == 0 else { throw Self.failure(path, "it can't be put there") }
        published.withLock { $0 = status }
        removeStaging()
    }

    /// Removes what is left of it; another's socket that is in its place by now stays.
    func remove() {
        removeStaging()
        guard let ours = published.withLock({ $0.take() }), let status = FileStatus(path),
            status.device == ours.device, status.inode == ours.inode
        else { return }
        _ = Glibc.unlink(path.string)
    }

    private func removeStaging() {
        _ = Glibc.unlink(boundPath.string)
        _ = rmdir(staging.string)
    }

    private static func failure(_ path: FilePath, _ what: String) -> APIServerError {
        .cannotUseSocket(path: path.string, reason: "\(what): \(Errno(rawValue: errno))")
    }

    /// Whether a process listens on a socket. When in doubt, one does.
    private static func isAnswered(_ path: FilePath) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.string.utf8.prefix(longest)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return !(result != 0 && errno == ECONNREFUSED)
    }
}
