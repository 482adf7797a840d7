import CZip
import Foundation
import JSON
import Spool
import SystemPackage
import TaskSource
import TestSupport
import Testing

extension TemporaryDirectory {
    @discardableResult
    func makeDirectory(_ name: String) throws -> FilePath {
        let directory = path.appending(name)
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        return directory
    }
}

/// A reader whose default workspace is a temporary directory.
struct Sources {
    let directory: TemporaryDirectory
    var policy: WorkspacePolicy
    var limits = TaskSourceLimits()

    static let now = Timestamp(milliseconds: 1_795_427_400_000)

    init() throws {
        directory = try TemporaryDirectory()
        policy = WorkspacePolicy(defaultWorkspace: directory.path, home: directory.path)
    }

    func read(_ bytes: [UInt8], as name: String, project: String? = nil) throws(TaskSourceError) -> TaskSpec {
        let origin = TaskOrigin(.inbox, source: name)
        return try TaskSourceReader(limits: limits, workspaces: policy)
            .read(bytes: bytes, fileName: name, project: project, origin: origin, now: Self.now)
    }

    func read(_ text: String, as name: String, project: String? = nil) throws(TaskSourceError) -> TaskSpec {
        try read(Array(text.utf8), as: name, project: project)
    }

    func read(json: JSONValue, session: FilePath? = nil) throws(TaskSourceError) -> TaskSpec {
        try TaskSourceReader(limits: limits, workspaces: policy)
            .read(json: json, origin: TaskOrigin(.rest), now: Self.now, sessionDirectory: session)
    }

    /// What a reason file would say; nil if there is nothing wrong.
    func fault(_ bytes: [UInt8], as name: String, project: String? = nil) -> String? {
        do {
            _ = try read(bytes, as: name, project: project)
            return nil
        } catch {
            return error.description
        }
    }

    func fault(_ text: String, as name: String, project: String? = nil) -> String? {
        fault(Array(text.utf8), as: name, project: project)
    }

    /// What is wrong with a REST body, as `POINTER MESSAGE`; nil if nothing is.
    func fault(json: JSONValue) -> [String]? {
        do {
            _ = try read(json: json)
            return nil
        } catch {
            return error.problems.map { "\($0.pointer ?? "-") \($0.message)" }
        }
    }
}

func fixture(_ name: String) throws -> [UInt8] {
    let folder = FilePath(#filePath).removingLastComponent().appending("Fixtures")
    return Array(try Data(contentsOf: URL(fileURLWithPath: folder.appending(name).string)))
}

/// Containers made by libzip, and documents in them.
enum Docx {
    static let namespace = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""

    /// A document of the given body.
    static func make(
        _ body: String, styles: String? = nil, numbering: String? = nil, others: [(String, [UInt8])] = []
    ) throws -> [UInt8] {
        var entries = [("word/document.xml", xml("<w:document \(namespace)><w:body>\(body)</w:body></w:document>"))]
        if let styles { entries.append(("word/styles.xml", xml("<w:styles \(namespace)>\(styles)</w:styles>"))) }
        if let numbering {
            entries.append(("word/numbering.xml", xml("<w:numbering \(namespace)>\(numbering)</w:numbering>")))
        }
        return try zip(entries + others)
    }

    static func xml(_ text: String) -> [UInt8] {
        Array("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\(text)".utf8)
    }

    /// A paragraph with one run.
    static func p(_ text: String, _ properties: String = "") -> String {
        "<w:p><w:pPr>\(properties)</w:pPr><w:r><w:t xml:space=\"preserve\">\(text)</w:t></w:r></w:p>"
    }

    static func style(_ id: String) -> String { "<w:pStyle w:val=\"\(id)\"/>" }

    static func table(_ rows: [[String]]) -> String {
        let body = rows.map { row in
            "<w:tr>" + row.map { "<w:tc><w:tcPr/>" + ($0.hasPrefix("<") ? $0 : p($0)) + "</w:tc>" }.joined() + "</w:tr>"
        }
        return "<w:tbl>" + body.joined() + "</w:tbl>"
    }

    static func zip(_ entries: [(String, [UInt8])], password: String? = nil) throws -> [UInt8] {
        let directory = try TemporaryDirectory()
        let path = directory.path.appending("x.zip").string
        let archive = try #require(zip_open(path, ZIP_CREATE, nil))
        // libzip reads the buffers when it closes the archive.
        var buffers: [UnsafeMutableBufferPointer<UInt8>] = []
        defer { for buffer in buffers { buffer.deallocate() } }
        for (name, content) in entries {
            let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, content.count))
            _ = buffer.initialize(from: content)
            buffers.append(buffer)
            let source = try #require(zip_source_buffer(archive, buffer.baseAddress, zip_uint64_t(content.count), 0))
            let index = zip_file_add(archive, name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
            try #require(index >= 0)
            if let password {
                try #require(
                    zip_file_set_encryption(archive, zip_uint64_t(index), zip_uint16_t(ZIP_EM_AES_256), password) == 0)
            }
        }
        try #require(zip_close(archive) == 0)
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

/// A small generator with a seed, so that a failure can be seen again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
