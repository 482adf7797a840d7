import Glibc
import PrivateFile
import SystemPackage
import Testing

@Suite final class PrivateFileTests {
    private let path: FilePath

    init() throws {
        var template = Array("/tmp/openloom-private-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        close(descriptor)
        path = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    deinit { _ = path.withPlatformString { unlink($0) } }

    private func write(_ text: String, mode: mode_t = 0o600) throws {
        let descriptor = try FileDescriptor.open(path, .writeOnly, options: .truncate)
        try descriptor.closeAfter { _ = try descriptor.writeAll(text.utf8) }
        _ = path.withPlatformString { chmod($0, mode) }
    }

    private func complaint(limit: Int = 100) -> String {
        do throws(PrivateFileError) {
            _ = try PrivateFile.read(path, limit: limit)
            return ""
        } catch {
            return if case .unusable(let why) = error { why } else { "missing" }
        }
    }

    @Test func read_returnsAll_ofAFileThatOnlyWeCanRead() throws {
        try write("secret\n")
        #expect(try PrivateFile.read(path, limit: 7) == Array("secret\n".utf8))
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o602] as [mode_t])
    func read_refuses_whatOthersCanReadOrChange(_ mode: mode_t) throws {
        try write("secret", mode: mode)
        #expect(complaint().contains("chmod 600 \(path)"))
    }

    @Test func read_refuses_moreThanItsLimit() throws {
        try write("secret")
        #expect(complaint(limit: 5).contains("larger than 5 bytes"))
    }

    @Test func read_neverWaits_forAFIFO() throws {
        _ = path.withPlatformString { unlink($0) }
        _ = path.withPlatformString { mkfifo($0, 0o600) }
        #expect(complaint().contains("no regular file"))
    }

    @Test func read_tells_whenNothingIsThere() {
        _ = path.withPlatformString { unlink($0) }
        #expect(complaint() == "missing")
    }
}
