import FoundationEssentials
import Glibc
import JSON
import SystemPackage

/// Reading and writing files as the tests' people do.
enum Files {
    static func text(_ path: FilePath) -> String? {
        FileManager.default.contents(atPath: path.string).map { String(decoding: $0, as: UTF8.self) }
    }

    static func json(_ path: FilePath) -> JSONValue? {
        text(path).flatMap { try? JSONValue(parsing: $0) }
    }

    static func write(_ text: String, to path: FilePath) throws {
        try makeDirectory(path.removingLastComponent())
        guard FileManager.default.createFile(atPath: path.string, contents: Data(text.utf8)) else {
            throw Child.Failure(description: "can't write \(path)")
        }
    }

    static func makeDirectory(_ path: FilePath) throws {
        try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    }

    /// A new directory below `/tmp`, by its real path.
    static func makeTemporaryDirectory(_ name: String) throws -> FilePath {
        var template = Array("/tmp/\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Child.Failure(description: "no temporary directory") }
        return real(FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)))
    }

    /// Names without those that begin with a dot, sorted; none for a directory that is not there.
    static func names(_ path: FilePath) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []).filter { !$0.hasPrefix(".") }
            .sorted()
    }

    static func exists(_ path: FilePath) -> Bool { FileManager.default.fileExists(atPath: path.string) }

    /// rename(2), as `mv` within a filesystem does it.
    static func move(_ from: FilePath, _ to: FilePath) throws {
        guard rename(from.string, to.string) == 0 else {
            throw Child.Failure(description: "mv \(from) \(to): \(Errno(rawValue: errno))")
        }
    }

    static func remove(_ path: FilePath) throws { try FileManager.default.removeItem(atPath: path.string) }

    /// A path as `realpath` says it: what the daemon records.
    static func real(_ path: FilePath) -> FilePath {
        guard let resolved = realpath(path.string, nil) else { return path }
        defer { free(resolved) }
        return FilePath(String(cString: resolved))
    }
}
