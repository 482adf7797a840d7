import Glibc
import SystemPackage

/// Files below one directory, and nowhere else: each component of a path is opened by itself, without following
/// symbolic links, so that neither `..` nor a link leads out.
///
/// All calls block; the agent makes them on NIO's thread pool.
struct WorkspaceFiles: Sendable {
    /// The directory of the session.
    let root: FilePath

    /// Content of a file that was replaced or removed is remembered up to this size, for the diff.
    static let rememberedBytes = 64 << 10

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// What a change did: the texts before and after, for the session's diff.
    struct Change: Sendable, Hashable {
        var path: String
        var before: String?
        var after: String?

        var verb: String { after == nil ? "deleted" : before == nil ? "wrote" : "changed" }
    }

    func write(_ path: String, _ content: String) throws(Failure) -> Change {
        let (directory, name) = try parent(of: path, creating: true)
        defer { close(directory) }
        let before = text(name, in: directory)
        try put(content, into: name, in: directory, flags: O_TRUNC | O_CREAT, path)
        return Change(path: path, before: before, after: content)
    }

    func append(_ path: String, _ content: String) throws(Failure) -> Change {
        let (directory, name) = try parent(of: path, creating: true)
        defer { close(directory) }
        let before = text(name, in: directory)
        try put(content + "\n", into: name, in: directory, flags: O_APPEND | O_CREAT, path)
        return Change(path: path, before: before, after: (before ?? "") + content + "\n")
    }

    /// Creates a file that was not there; under a name with a number if the name is taken.
    func create(_ folder: String, _ slug: String, _ content: String) throws(Failure) -> Change {
        let (directory, _) = try parent(of: "\(folder)/\(slug)", creating: true)
        defer { close(directory) }
        for number in 1...10_000 {
            let name = number == 1 ? "\(slug).md" : "\(slug)-\(number).md"
            do {
                try put(content, into: name, in: directory, flags: O_CREAT | O_EXCL, name)
                return Change(path: "\(folder)/\(name)", before: nil, after: content)
            } catch {
                if faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 { throw error }
            }
        }
        throw Failure(description: "\(folder)/\(slug).md and 9999 numbered names are taken")
    }

    /// Removes a file, or an empty directory.
    func delete(_ path: String) throws(Failure) -> Change {
        let (directory, name) = try parent(of: path, creating: false)
        defer { close(directory) }
        let before = text(name, in: directory)
        if unlinkat(directory, name, 0) != 0 {
            let code = errno
            guard code == EISDIR, unlinkat(directory, name, AT_REMOVEDIR) == 0 else {
                throw Self.failure("delete", path, code == EISDIR ? errno : code)
            }
        }
        return Change(path: path, before: before, after: nil)
    }

    func makeDirectory(_ path: String) throws(Failure) {
        let (directory, name) = try parent(of: path, creating: true)
        defer { close(directory) }
        if mkdirat(directory, name, 0o777) != 0 && errno != EEXIST { throw Self.failure("make", path, errno) }
    }

    /// An open descriptor of the directory that a path's last component lies in, and that component.
    private func parent(of path: String, creating: Bool) throws(Failure) -> (descriptor: Int32, name: String) {
        var components = path.split(separator: "/").map(String.init).filter { $0 != "." }
        guard !path.hasPrefix("/"), !components.contains(".."), !path.utf8.contains(0), let name = components.popLast()
        else { throw Failure(description: "\(path) does not lie in the workspace; nothing was done") }
        var descriptor = open(root.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor < 0 { throw Self.failure("open", root.string, errno) }
        for component in components {
            if creating { _ = mkdirat(descriptor, component, 0o777) }
            let next = openat(descriptor, component, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            let code = errno
            close(descriptor)
            if next < 0 { throw Self.failure("open", path, code) }
            descriptor = next
        }
        return (descriptor, name)
    }

    private func put(
        _ content: String, into name: String, in directory: Int32, flags: Int32, _ path: String
    ) throws(Failure) {
        let file = openat(directory, name, flags | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0o666)
        if file < 0 { throw Self.failure("write", path, errno) }
        defer { close(file) }
        var bytes = Array(content.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw Self.failure("write", path, errno) }
            bytes = bytes.dropFirst(count)
        }
    }

    /// The beginning of a file, or nil if there is none.
    private func text(_ name: String, in directory: Int32) -> String? {
        let file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        if file < 0 { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Self.rememberedBytes)
        let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }

    private static func failure(_ verb: String, _ path: String, _ code: Int32) -> Failure {
        if code == ELOOP || code == ENOTDIR {
            return Failure(description: "cannot \(verb) \(path): a part of it is a symbolic link or no directory")
        }
        return Failure(description: "cannot \(verb) \(path): \(Errno(rawValue: code))")
    }
}
