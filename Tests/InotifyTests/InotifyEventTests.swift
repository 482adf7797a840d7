import Glibc
import Testing

@testable import Inotify

@Suite struct InotifyEventTests {
    @Test func parse_findsEveryEvent() {
        let bytes =
            record(3, IN_CREATE, "new") + record(3, IN_CLOSE_WRITE, "new") + record(4, IN_DELETE_SELF, nil)
            + record(5, IN_MOVED_TO | IN_ISDIR, "folder")
        #expect(
            parse(bytes) == [
                InotifyEvent(watch: 3, mask: UInt32(IN_CREATE)),
                InotifyEvent(watch: 3, mask: UInt32(IN_CLOSE_WRITE), name: "new"),
                InotifyEvent(watch: 4, mask: UInt32(IN_DELETE_SELF)),
                InotifyEvent(watch: 5, mask: UInt32(IN_MOVED_TO | IN_ISDIR), name: "folder"),
            ])
    }

    @Test func parse_leavesOutNames_thatAreNotUTF8() {
        let bytes = record(3, IN_MOVED_TO, bytes: [0x61, 0xFF])
        #expect(parse(bytes) == [InotifyEvent(watch: 3, mask: UInt32(IN_MOVED_TO))])
    }

    @Test func parse_acceptsAnyTruncation() {
        let whole = record(3, IN_CLOSE_WRITE, "first") + record(4, IN_CLOSE_WRITE, "second")
        let counts = (0...whole.count).map { parse(Array(whole.prefix($0))).count }
        #expect(counts == (0...whole.count).map { $0 < whole.count / 2 ? 0 : $0 < whole.count ? 1 : 2 })
    }

    @Test func parse_endsAtALength_thatPointsOutside() {
        var bytes = record(3, IN_CLOSE_WRITE, "name")
        bytes.replaceSubrange(12..<16, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(parse(bytes).isEmpty)
    }

    private func parse(_ bytes: [UInt8]) -> [InotifyEvent] {
        bytes.withUnsafeBytes { InotifyEvent.parse($0) }
    }

    private func record(_ watch: Int32, _ mask: Int32, _ name: String?) -> [UInt8] {
        record(watch, mask, bytes: name.map { Array($0.utf8) } ?? [])
    }

    /// As the kernel writes it: the name is padded with zeros to a multiple of the header's size.
    private func record(_ watch: Int32, _ mask: Int32, bytes name: [UInt8]) -> [UInt8] {
        let size = name.isEmpty ? 0 : (name.count / 16 + 1) * 16
        let header = [UInt32(bitPattern: watch), UInt32(bitPattern: mask), 0, UInt32(size)]
        return header.flatMap { withUnsafeBytes(of: $0) { Array($0) } } + name
            + [UInt8](repeating: 0, count: size - name.count)
    }
}
