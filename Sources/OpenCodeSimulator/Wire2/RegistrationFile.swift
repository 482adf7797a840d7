import Glibc
import JSON
import SystemPackage

/// `opencode/service.json`: where a service of wire 2 says how it is reached, for those who run as the same user.
struct RegistrationFile: Sendable {
    private let directory: FilePath
    private let id = IdentifierClock.random(22)

    private var path: FilePath { directory.appending("service.json") }

    /// - Parameter root: What stands for the user's state directory.
    /// - Throws: ``SimulatorError`` if the directory can't be made.
    init(below root: FilePath) throws(SimulatorError) {
        directory = root.appending("opencode")
        for made in [root, directory] where mkdir(made.string, 0o700) != 0 && errno != EEXIST {
            throw SimulatorError("cannot make \(made): \(Errno(rawValue: errno)); name a directory that you may write")
        }
    }

    /// Replaces the file in one step, readable for this user only.
    func write(version: String, url: String, password: String) throws(SimulatorError) {
        let entry: JSONValue = [
            "id": .string(id), "version": .string(version), "url": .string(url), "pid": .int(Int(getpid())),
            "password": .string(password),
        ]
        let temporary = directory.appending("service.json.\(id)")
        let bytes = Array((entry.compact + "\n").utf8)
        let file = open(temporary.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if file < 0 { throw SimulatorError("cannot write \(temporary): \(Errno(rawValue: errno))") }
        let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        close(file)
        guard written == bytes.count, rename(temporary.string, path.string) == 0 else {
            let error = Errno(rawValue: errno)
            unlink(temporary.string)
            throw SimulatorError("cannot write \(path): \(error)")
        }
    }

    /// Takes the file away, unless another service has replaced it.
    func remove() {
        guard let lines = try? LineFile.lines(of: path), lines.first?["id"]?.string == id else { return }
        unlink(path.string)
    }
}
