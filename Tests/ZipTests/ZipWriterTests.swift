import Testing
import Zip

@Suite struct ZipWriterTests {
    private let limits = ZipLimits(entries: 10, unpackedBytes: 50 << 20, ratio: 10_000)

    @Test func pack_makesWhatTheReaderReads_emptyAndLargeEntriesToo() throws {
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        let bytes = try ZipWriter.pack([("a.xml", Array("<a/>".utf8)), ("empty", []), ("word/large", large)])
        let archive = try ZipArchive(bytes, limits: limits)
        #expect(try archive.read("a.xml") == Array("<a/>".utf8))
        #expect(try archive.read("empty") == [])
        #expect(try archive.read("word/large") == large)
        #expect(try archive.read("other") == nil)
    }

    @Test func pack_makesTheSameBytesOfTheSameEntries() throws {
        let entries = [(name: "a", bytes: Array("text".utf8)), (name: "b", bytes: [UInt8](repeating: 7, count: 9999))]
        #expect(try ZipWriter.pack(entries) == ZipWriter.pack(entries))
    }

    @Test func pack_refusesTheSameNameTwice() {
        #expect(throws: ZipError.self) { try ZipWriter.pack([("a", [1]), ("a", [2])]) }
    }
}
