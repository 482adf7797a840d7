import SystemPackage

/// Reaches a file by a path of several components without leaving the directory that it starts from: no component is
/// followed if it is a symbolic link.
enum Beneath {
    static func status(_ root: borrowing OwnedDescriptor, _ path: [UInt8]) throws(Errno) -> FileStatus {
        try with(root, components(path)[...]) { (directory, name) throws(Errno) in
            try Syscalls.status(directory, name)
        }
    }

    /// Calls `body` with the open directory that holds the file, and the file's name in it.
    static func with<Value>(
        _ root: borrowing OwnedDescriptor, _ path: [UInt8],
        _ body: (borrowing OwnedDescriptor, [UInt8]) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try with(root, components(path)[...], body)
    }

    private static func with<Value>(
        _ directory: borrowing OwnedDescriptor, _ components: ArraySlice<[UInt8]>,
        _ body: (borrowing OwnedDescriptor, [UInt8]) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        guard let first = components.first, first != Array("..".utf8) else { throw .invalidArgument }
        if components.count == 1 { return try body(directory, first) }
        let inner = try Syscalls.openDirectory(directory, first)
        return try with(inner, components.dropFirst(), body)
    }

    private static func components(_ path: [UInt8]) -> [[UInt8]] {
        path.split(separator: UInt8(ascii: "/")).map { Array($0) }
    }
}
