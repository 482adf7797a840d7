import Console
import Foundation
import Glibc
import SystemPackage

/// A temporary directory with a spool and two little projects, and the files that are dropped.
struct DemoStage: Sendable {
    let root: FilePath

    var spool: FilePath { root.appending("spool") }
    var inbox: FilePath { spool.appending("inbox") }
    var projects: [String] { ["poems", "cafe"] }

    static func make() throws -> DemoStage {
        let base = GlobalOptions.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(base)/openloom-demo-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure("can't make a directory in \(base): \(Errno(rawValue: errno)); set TMPDIR to another")
        }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let stage = DemoStage(root: FilePath(path))
        for project in stage.projects {
            try FileManager.default.createDirectory(
                atPath: stage.workspace(project).string, withIntermediateDirectories: true
            )
        }
        return stage
    }

    func workspace(_ project: String) -> FilePath { root.appending("projects").appending(project) }

    func remove() {
        try? FileManager.default.removeItem(atPath: root.string)
    }

    /// One file of each kind that people use most.
    var files: [(name: String, bytes: [UInt8])] {
        let haiku = """
            ---
            workspace: \(workspace("poems"))
            ---
            # A haiku about rain

            Write a haiku about rain on a tin roof.

            """
        let changes = """
            name: Change log
            workspace: \(workspace("cafe"))
            goal: Begin a change log for this project.
            priority: 7

            """
        return [
            ("haiku.md", Array(haiku.utf8)),
            ("changes.yaml", Array(changes.utf8)),
            // Into the project's own subfolder: a Word file need not say where its work is to be done.
            ("cafe/minutes.docx", DemoDocument.bytes),
        ]
    }

    /// Writes a file as an editor does: made, written, closed.
    func drop(_ name: String, _ bytes: [UInt8]) throws {
        let path = inbox.appending(name)
        try FileManager.default.createDirectory(
            atPath: path.removingLastComponent().string, withIntermediateDirectories: true
        )
        guard FileManager.default.createFile(atPath: path.string, contents: Data(bytes)) else {
            throw CommandFailure("can't write \(path)")
        }
    }
}
