import Glibc
import SystemCalls
import SystemPackage

/// A copy of a SQLite database in a private directory that is removed with it, so that the original is never written to:
/// bringing a database up to date that was not closed well writes.
final class DatabaseCopy {
    let path: FilePath
    private let directory: ScratchDirectory

    /// What is read: the database, and what its owner has not written into it yet.
    private static let companions = ["", "-wal"]
    /// What is not. It may name a further file, by any path, that SQLite removes when it puts things in order; 0.17 keeps a
    /// WAL, and so has none.
    private static let journal = "-journal"
    /// 4 GiB: a million tasks with long goals have less.
    private static let mostBytes = 4 << 30
    private static let tries = 5

    /// - Parameter scratch: Where the directory is made.
    init(of named: FilePath, in scratch: FilePath) throws(MigrationError) {
        // What belongs to a database lies beside the file itself, not beside a link to it.
        let original = TaskPlan.real(named)
        directory = try ScratchDirectory(in: scratch)
        path = directory.path.appending("copy.sqlite3")
        for _ in 0..<Self.tries {
            let before = Self.stamps(of: original)
            try Self.refuseJournal(of: original)
            for companion in Self.companions {
                try Self.copy(FilePath(original.string + companion), to: FilePath(path.string + companion))
            }
            if Self.stamps(of: original) == before { return }
        }
        throw MigrationError("\(original) is being written to; stop OpenLoom 0.17, then run this again")
    }

    deinit {
        for companion in Self.companions + ["-shm", Self.journal] { unlink(path.string + companion) }
    }

    private static func refuseJournal(of original: FilePath) throws(MigrationError) {
        var status = Glibc.stat()
        guard lstat(original.string + journal, &status) == 0, status.st_size > 0 else { return }
        throw MigrationError(
            "\(original)\(journal) is there, which OpenLoom 0.17 does not leave behind, and which can have SQLite remove "
                + "other files: nothing is read. If the database is your own, `sqlite3 \(original) 'PRAGMA "
                + "journal_mode=WAL'` puts it in order; then run this again")
    }

    /// Sizes and times.
    private static func stamps(of original: FilePath) -> [Int] {
        (companions + [journal]).flatMap { companion -> [Int] in
            var status = Glibc.stat()
            guard stat(original.string + companion, &status) == 0 else { return [-1] }
            return [Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        }
    }

    /// Removes the copy if there is no such file.
    private static func copy(_ from: FilePath, to: FilePath) throws(MigrationError) {
        func failure(_ code: Errno) -> MigrationError { MigrationError("can't read \(from): \(code)") }
        let input = from.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard input >= 0 else {
            let code = Errno(rawValue: errno)
            guard code == .noSuchFileOrDirectory else { throw failure(code) }
            unlink(to.string)
            return
        }
        let source = OwnedDescriptor(input)
        var status = Glibc.stat()
        guard fstat(source.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw MigrationError("\(from) is no regular file")
        }
        guard status.st_size <= mostBytes else {
            throw MigrationError("\(from) has more than \(mostBytes >> 30) GiB, and is not read")
        }
        let output = to.withPlatformString { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600) }
        guard output >= 0 else { throw MigrationError("can't write \(to): \(Errno(rawValue: errno)); set TMPDIR") }
        let target = OwnedDescriptor(output)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        do {
            while true {
                let count = try SystemCall.retry { read(source.number, &buffer, buffer.count) }
                if count == 0 { break }
                var written = 0
                while written < count {
                    written += try SystemCall.retry {
                        buffer.withUnsafeBytes { bytes in
                            write(target.number, bytes.baseAddress.map { $0 + written }, count - written)
                        }
                    }
                }
            }
        } catch {
            throw MigrationError("can't copy \(from) to \(to): \(error); set TMPDIR to a directory with room")
        }
    }
}
