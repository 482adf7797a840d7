import Glibc
import SystemPackage

/// A file in a task's directory.
package struct TaskFile: Sendable, Hashable {
    /// Below the task's directory, `/` between its parts.
    package var path: String
    /// In bytes.
    package var size: Int
    package var modified: Timestamp
}

/// A regular file that is open for reading, whatever becomes of its name.
package final class OpenTaskFile: Sendable {
    private let descriptor: Int32
    private let path: FilePath
    package let size: Int
    package let modified: Timestamp
    /// Another one when the file is written or replaced.
    package let fingerprint: TaskFingerprint

    fileprivate init(descriptor: Int32, path: FilePath, _ status: stat) {
        self.descriptor = descriptor
        self.path = path
        size = max(0, Int(status.st_size))
        modified = Timestamp(status.st_mtim)
        var fingerprint = TaskFingerprint()
        FileStamp(status).combine(into: &fingerprint)
        self.fingerprint = fingerprint
    }

    deinit { close(descriptor) }

    /// Up to `count` bytes from `offset` on; fewer than that, and at the file's end none. Blocks.
    package func read(at offset: Int, count: Int) throws(SpoolError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let read = try Syscalls.call("read", path) {
            buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, offset) }
        }
        buffer.removeLast(count - read)
        return buffer
    }
}

/// What lies in a task's directory, for who may see all of it. An agent can write there: no step leads through a link,
/// each is taken from the directory before it, and what is no regular file is as good as nothing. Names that begin
/// with a dot are files that are being written.
extension SpoolDirectory {
    /// How far below a task's directory is looked, and how many files are told of.
    private static let deepest = 12
    private static let mostFiles = 10_000

    /// - Returns: The files by path, and whether that is all of them.
    package func files(of id: TaskID) throws(SpoolError) -> (files: [TaskFile], isComplete: Bool) {
        let (task, _) = try locate(id)
        let root = try Syscalls.open(task.directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        var search = Search(path: task.directory)
        try search.list(root, below: "", depth: 0)
        return (search.files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }, search.isComplete)
    }

    /// Opens a file below a task's directory.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound`` for a path that leads to no regular file in there.
    package func openFile(_ components: [String], of id: TaskID) throws(SpoolError) -> OpenTaskFile {
        let (task, _) = try locate(id)
        let path = task.directory.appending(components.joined(separator: "/"))
        let missing = SpoolError(.taskNotFound, "open", path, errno: .noSuchFileOrDirectory)
        guard let name = components.last, components.count <= Self.deepest,
            components.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") && !$0.contains("/") && !$0.contains("\0") })
        else { throw missing }
        var directory = try Syscalls.open(task.directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        defer { close(directory) }
        for component in components.dropLast() {
            let next = openat(directory, component, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard next >= 0 else { throw missing }
            close(directory)
            directory = next
        }
        // Without waiting: a FIFO that somebody put there has no writer.
        let file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard file >= 0 else { throw missing }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw missing
        }
        return OpenTaskFile(descriptor: file, path: path, status)
    }

    /// A walk through directories.
    private struct Search {
        let path: FilePath
        var files: [TaskFile] = []
        var isComplete = true

        /// - Parameter directory: An open directory; closed afterwards.
        mutating func list(_ directory: Int32, below prefix: String, depth: Int) throws(SpoolError) {
            guard let stream = fdopendir(directory) else {
                let code = Errno(rawValue: errno)
                close(directory)
                throw SpoolError(.systemCall, "opendir", path, errno: code)
            }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                    String(validating: raw.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard let name, !name.hasPrefix(".") else { continue }
                guard files.count < SpoolDirectory.mostFiles else { return isComplete = false }
                var status = stat()
                // What is gone by now was not there.
                guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFREG {
                    files.append(
                        TaskFile(
                            path: prefix + name, size: max(0, Int(status.st_size)),
                            modified: Timestamp(status.st_mtim)))
                } else if status.st_mode & S_IFMT == S_IFDIR {
                    guard depth + 1 < SpoolDirectory.deepest else {
                        isComplete = false
                        continue
                    }
                    let next = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                    if next >= 0 { try list(next, below: "\(prefix)\(name)/", depth: depth + 1) }
                }
            }
        }
    }
}
