import Glibc
import JSON
import SystemPackage

/// A file of JSON lines that only grows. Each line is one `write(2)` with `O_APPEND`, so that several processes may
/// append, and a reader never sees two lines mixed. Nothing is synced: a simulator need not survive a power cut.
struct LineFile: Sendable {
    private let descriptor: Descriptor

    /// - Throws: ``SimulatorError`` if the file can't be opened.
    init(appendingTo path: FilePath) throws(SimulatorError) {
        let number = open(path.string, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        if number < 0 {
            throw SimulatorError("cannot append to \(path): \(Errno(rawValue: errno)); name a file you may write")
        }
        descriptor = Descriptor(number)
    }

    func append(_ line: JSONValue) {
        let bytes = Array((line.compact + "\n").utf8)
        // A full disk must not stop the double; whoever counts lines sees that one is missing.
        _ = bytes.withUnsafeBytes { write(descriptor.number, $0.baseAddress, $0.count) }
    }

    /// Closes when the last copy of the file is gone.
    private final class Descriptor: Sendable {
        let number: Int32
        init(_ number: Int32) { self.number = number }
        deinit { close(number) }
    }
}

extension LineFile {
    /// The lines of a file, each parsed; none if it does not exist. A last line without newline is a torn write, and
    /// left out.
    static func lines(of path: FilePath) throws(SimulatorError) -> [JSONValue] {
        let number = open(path.string, O_RDONLY | O_CLOEXEC)
        if number < 0 {
            if errno == ENOENT { return [] }
            throw SimulatorError("cannot read \(path): \(Errno(rawValue: errno))")
        }
        defer { close(number) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(number, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw SimulatorError("cannot read \(path): \(Errno(rawValue: errno))")
            }
            text.append(contentsOf: chunk[..<count])
            if text.count > 1 << 30 { throw SimulatorError("\(path) is larger than 1 GiB; remove it or name another") }
        }
        var lines: [JSONValue] = []
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() where !line.isEmpty {
            do {
                lines.append(try JSONValue(parsing: line))
            } catch {
                throw SimulatorError("\(path), entry \(lines.count + 1): \(error); remove the file or name another")
            }
        }
        return lines
    }
}
