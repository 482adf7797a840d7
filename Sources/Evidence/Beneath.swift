import CLinux
import Glibc
import SystemCalls
import SystemPackage

/// Reaches a file by a path of several components without leaving the directory that it starts from: no component is
/// followed if it is a symbolic link.
enum Beneath {
    static func status(_ root: borrowing OwnedDescriptor, _ path: [UInt8]) throws(Errno) -> FileStatus {
        try with(root, path) { (directory, name) throws(Errno) in try Syscalls.status(directory, name) }
    }

    static func linkTarget(_ root: borrowing OwnedDescriptor, _ path: [UInt8]) throws(Errno) -> [UInt8] {
        try with(root, path) { (directory, name) throws(Errno) in try Syscalls.linkTarget(directory, name) }
    }

    /// Reads a regular file as ``ContentHash`` does.
    static func content(
        _ root: borrowing OwnedDescriptor, _ path: [UInt8], expected: FileStatus, keep: Int
    ) throws(Errno) -> ContentHash? {
        try with(root, path) { (directory, name) throws(Errno) in
            try ContentHash(directory, name, expected: expected, keep: keep)
        }
    }

    /// Calls `body` with the open directory that holds the file, and the file's name in it.
    static func with<Value>(
        _ root: borrowing OwnedDescriptor, _ path: [UInt8],
        _ body: (borrowing OwnedDescriptor, [UInt8]) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let end = path.lastIndex { $0 != slash }.map { $0 + 1 } ?? 0
        let path = path[..<end]
        let parent = path.lastIndex(of: slash)
        let name = Array(path[(parent.map { $0 + 1 } ?? 0)...])
        guard !name.isEmpty, name != dotDot else { throw .invalidArgument }
        guard let parent else { return try body(root, name) }
        let directory = try directory(root, Array(path[..<parent]))
        return try body(directory, name)
    }

    /// Opens a directory; the empty path is the one that it starts from.
    static func directory(_ root: borrowing OwnedDescriptor, _ path: [UInt8]) throws(Errno) -> OwnedDescriptor {
        if path.isEmpty { return try Syscalls.openDirectory(root, [UInt8(ascii: ".")]) }
        let number = root.number
        do throws(Errno) {
            return OwnedDescriptor(
                try SystemCall.retry {
                    Syscalls.withName(path) {
                        clinux_open_beneath(number, $0, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC)
                    }
                })
        } catch {
            // A kernel, or a sandbox, that does not know the call: one component after the other.
            guard error == .noFunction || error == .notPermitted else { throw error }
            return try step(root, path.split(separator: slash)[...])
        }
    }

    private static func step(
        _ directory: borrowing OwnedDescriptor, _ components: ArraySlice<ArraySlice<UInt8>>
    ) throws(Errno) -> OwnedDescriptor {
        guard let first = components.first, !first.elementsEqual(dotDot) else { throw .invalidArgument }
        let inner = try Syscalls.openDirectory(directory, Array(first))
        return components.count == 1 ? inner : try step(inner, components.dropFirst())
    }

    private static let slash = UInt8(ascii: "/")
    private static let dotDot = Array("..".utf8)
}
