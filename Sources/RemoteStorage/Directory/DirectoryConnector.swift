import Blocking
package import Connectors
import Glibc
import Synchronization
import SystemCalls
package import SystemPackage

/// A directory that this machine has mounted, as storage: `file:///srv/share`.
///
/// With calls of the system, as libcurl can neither list nor move files there. No symbolic link beneath the root is
/// followed, and only regular files are seen. A file is there whole or not at all, and survives a power cut when a
/// function returns; while it is written it has a name that begins with `.~` and ends in `.tmp`, which synchronisers and
/// inboxes leave alone. Files have mode 0600 and directories 0700, as those of results in a directory. A root that is not
/// there is never made: it may be one that is not mounted.
package final class DirectoryConnector: Connector {
    private let root: FilePath
    /// Where this process has looked for what a crash left.
    private let cleaned = Mutex<Set<String>>([])

    package init(root: FilePath) { self.root = root }

    /// The version of a file is its time of change, inode and size: a file that is moved here keeps its time.
    package func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? {
        let names = try StoragePath.components(directory)
        return try await run("list") { () throws(Errno) in
            do throws(Errno) {
                return try Self.files(in: try self.open(names), prefix: names)
            } catch {
                if error == .noSuchFileOrDirectory { return nil }
                throw error
            }
        }
    }

    private static func files(
        in directory: consuming OwnedDescriptor, prefix: [String]
    ) throws(Errno) -> [RemoteFile] {
        var files: [RemoteFile] = []
        for name in try Syscalls.names(in: directory) where StoragePath.isName(name) {
            let status: stat
            do throws(Errno) {
                status = try Syscalls.status(name, in: directory)
            } catch {
                if error == .noSuchFileOrDirectory { continue }
                throw error
            }
            guard status.st_mode & S_IFMT == S_IFREG else { continue }
            let time = "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
            // Not the inode: many network filesystems make one up at each mount.
            files.append(
                RemoteFile(
                    path: (prefix + [name]).joined(separator: "/"), size: Int(status.st_size),
                    version: "\(time) \(status.st_size)"))
        }
        return files
    }

    package func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? {
        let (directory, name) = try StoragePath.file(path)
        let found = try await run("download") { () throws(Errno) -> Found in
            do throws(Errno) {
                let parent = try self.open(directory)
                let file = try Syscalls.openFile(name, O_RDONLY | O_NONBLOCK, in: parent)
                guard try Syscalls.status(file).st_mode & S_IFMT == S_IFREG else { throw .invalidArgument }
                return try Syscalls.read(file, limit: limit).map { .bytes($0) } ?? .tooLarge
            } catch {
                if error == .noSuchFileOrDirectory { return .missing }
                throw error
            }
        }
        switch found {
        case .missing: return nil
        case .bytes(let bytes): return bytes
        case .tooLarge: throw ConnectorError(.tooLarge, "download: it is larger than \(limit) bytes")
        }
    }

    private enum Found: Sendable {
        case missing
        case bytes([UInt8])
        case tooLarge
    }

    package func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) {
        let (directory, name) = try StoragePath.file(path)
        let isFirst = cleaned.withLock { $0.insert(directory.joined(separator: "/")).inserted }
        try await run("upload") { () throws(Errno) in
            let parent = try self.open(directory, makes: true)
            if isFirst { try Self.removeUnfinished(in: parent) }
            try Self.write(bytes, to: name, in: parent, replaces: true)
        }
    }

    /// Never over another file.
    package func move(_ path: String, to target: String) async throws(ConnectorError) {
        let (directory, name) = try StoragePath.file(path)
        let (targetDirectory, targetName) = try StoragePath.file(target)
        try await run("move") { () throws(Errno) in
            let from = try self.open(directory)
            let to = try self.open(targetDirectory, makes: true)
            do throws(Errno) {
                try Syscalls.rename(name, in: from, to: targetName, in: to, replaces: false)
            } catch {
                guard error == .improperLink else { throw error }
                // Another filesystem is mounted there.
                try Self.copy(name, in: from, to: targetName, in: to)
                try Syscalls.remove(name, in: from)
            }
            try Syscalls.sync(to)
            try Syscalls.sync(from)
        }
    }

    package func delete(_ path: String) async throws(ConnectorError) {
        let (directory, name) = try StoragePath.file(path)
        try await run("delete") { () throws(Errno) in
            do throws(Errno) {
                let parent = try self.open(directory)
                try Syscalls.remove(name, in: parent)
                try Syscalls.sync(parent)
            } catch {
                if error != .noSuchFileOrDirectory { throw error }
            }
        }
    }

    // MARK: steps

    private func run<Value: Sendable>(
        _ verb: String, _ body: @escaping @Sendable () throws(Errno) -> Value
    ) async throws(ConnectorError) -> Value {
        do throws(Errno) {
            return try await BlockingPool.run(body)
        } catch {
            let why =
                switch error {
                case .tooManySymbolicLinkLevels, .notDirectory:
                    "a symbolic link or a file is in its way, and links are not followed"
                case .invalidArgument: "it is no regular file"
                default: "\(error)"
                }
            throw ConnectorError(.failed, "\(verb) in \(root): \(why)")
        }
    }

    /// - Parameter makes: Whether missing directories beneath the root are made.
    private func open(_ names: [String], makes: Bool = false) throws(Errno) -> OwnedDescriptor {
        var directory = try Syscalls.openRoot(root)
        for name in names {
            do throws(Errno) {
                directory = try Syscalls.openDirectory(name, in: directory)
            } catch {
                guard makes, error == .noSuchFileOrDirectory else { throw error }
                do throws(Errno) {
                    try Syscalls.makeDirectory(name, in: directory)
                    try Syscalls.sync(directory)
                } catch {
                    if error != .fileExists { throw error }
                }
                directory = try Syscalls.openDirectory(name, in: directory)
            }
        }
        return directory
    }

    private static let unfinishedPrefix = ".~openloom-"
    private static let unfinishedSuffix = ".tmp"
    /// No upload takes so long, in seconds: what is older was left by a crash.
    private static let oldest = 3600

    /// At the instant of the rename the file is there.
    private static func write(
        _ bytes: [UInt8], to name: String, in directory: borrowing OwnedDescriptor, replaces: Bool
    ) throws(Errno) {
        let random = String(UInt64.random(in: .min ... .max), radix: 16)
        let temporary = unfinishedPrefix + random + unfinishedSuffix
        do throws(Errno) {
            let file = try Syscalls.openFile(temporary, O_WRONLY | O_CREAT | O_EXCL, in: directory)
            try Syscalls.write(bytes, to: file)
            try Syscalls.sync(file)
            try Syscalls.rename(temporary, in: directory, to: name, in: directory, replaces: replaces)
        } catch {
            try? Syscalls.remove(temporary, in: directory)
            throw error
        }
        try Syscalls.sync(directory)
    }

    private static func copy(
        _ name: String, in directory: borrowing OwnedDescriptor, to target: String,
        in other: borrowing OwnedDescriptor
    ) throws(Errno) {
        let file = try Syscalls.openFile(name, O_RDONLY | O_NONBLOCK, in: directory)
        guard try Syscalls.status(file).st_mode & S_IFMT == S_IFREG,
            let bytes = try Syscalls.read(file, limit: longestCopy)
        else { throw .fileTooLarge }
        try write(bytes, to: target, in: other, replaces: false)
    }

    /// In bytes. Larger than any file that is taken.
    private static let longestCopy = 1 << 30

    private static func removeUnfinished(in directory: borrowing OwnedDescriptor) throws(Errno) {
        let now = time(nil)
        for name in try Syscalls.names(in: directory)
        where name.hasPrefix(unfinishedPrefix) && name.hasSuffix(unfinishedSuffix) {
            guard let status = try? Syscalls.status(name, in: directory), now - status.st_mtim.tv_sec > oldest else {
                continue
            }
            try? Syscalls.remove(name, in: directory)
        }
    }
}
