import Connectors
import Foundation
import Glibc
import Testing

/// Names that some storage might take for something else.
enum StorageNames {
    static let odd = [
        "A trip.md", "Über 100 % + mehr.md", "a'b\"c&<d>;e.md", "日本語.md", "x?y=z#w&v.md", "%41%2F.md", "-rf *.md",
        "back\\slash $HOME `id`.md",
    ]

    /// All five operations, on a file of this name.
    static func check(_ storage: some Connector, _ name: String) async throws {
        let text = Array("# \(name)\n".utf8)
        try await storage.upload(text, to: "in/\(name)")
        let listed = try #require(try await storage.list("in")?.first { $0.name == name })
        #expect(listed.path == "in/\(name)" && listed.size == text.count && listed.version?.isEmpty == false)
        #expect(try await storage.download("in/\(name)", limit: 1000) == text)
        try await storage.move("in/\(name)", to: "old/2026/\(name)")
        #expect(try await storage.download("in/\(name)", limit: 1000) == nil)
        let moved = try #require(try await storage.list("old/2026")?.first { $0.name == name })
        #expect(try await storage.download(moved.path, limit: 1000) == text)
        try await storage.delete(moved.path)
        try await storage.delete(moved.path)
        try await storage.upload([], to: "in/\(name)")
        #expect(try await storage.download("in/\(name)", limit: 1000) == [])
        try await storage.delete("in/\(name)")
        #expect(try await storage.list("old/2026")?.contains { $0.name == name } == false)
    }
}

/// What tests do to files behind a server's back.
enum StorageFiles {
    static func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    static func names(in path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }

    static func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    static func setTime(of path: String, to seconds: Int) throws {
        let time = timeval(tv_sec: seconds, tv_usec: 0)
        guard utimes(path, [time, time]) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
