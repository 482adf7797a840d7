import SystemPackage

/// A file, or standard input, that a command was given.
enum InputFile {
    /// One byte more than the limit at most: enough for whoever reads it to refuse it.
    static func readAll(_ descriptor: FileDescriptor, limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while bytes.count <= limit {
            let count = try buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count].prefix(limit + 1 - bytes.count))
        }
        return bytes
    }

    static func read(_ path: FilePath, limit: Int) throws -> [UInt8] {
        let descriptor = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        defer { try? descriptor.close() }
        return try readAll(descriptor, limit: limit)
    }
}
