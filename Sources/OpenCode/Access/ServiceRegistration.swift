import Curl
import Glibc
import JSON
import PrivateFile
import SystemPackage

/// What an OpenCode 2 service writes down about itself for its clients, with its password.
struct ServiceRegistration {
    var file: FilePath
    var url: String
    var pid: Int
    var password: String?

    /// A registration is a few hundred bytes.
    private static let limit = 64 << 10
    /// Release channels have a file each.
    private static let fileLimit = 16

    /// The registrations in a directory whose process is alive, that of the main channel first.
    ///
    /// - Returns: Those, and a sentence for each file that is there and can't be used.
    static func all(in directory: FilePath) -> (found: [ServiceRegistration], notes: [String]) {
        var found: [ServiceRegistration] = []
        var notes: [String] = []
        for name in names(in: directory).prefix(fileLimit) {
            do throws(PrivateFileError) {
                let registration = try read(directory.appending(name))
                if registration.isAlive {
                    found.append(registration)
                } else {
                    notes.append("\(registration.file) names process \(registration.pid), which is gone")
                }
            } catch {
                if case .unusable(let why) = error { notes.append(why) }
            }
        }
        return (found, notes)
    }

    private static func names(in directory: FilePath) -> [String] {
        guard let stream = directory.withPlatformString({ opendir($0) }) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "service.json" || (name.hasPrefix("service-") && name.hasSuffix(".json")) { names.append(name) }
        }
        // "service-…" would come first: the hyphen sorts before the dot.
        return names.sorted { ($0.count, $0) < ($1.count, $1) }
    }

    private static func read(_ file: FilePath) throws(PrivateFileError) -> ServiceRegistration {
        let bytes = try PrivateFile.read(file, limit: limit)
        guard let json = try? JSONValue(parsing: bytes), let url = json["url"]?.string, let pid = json["pid"]?.int,
            pid > 1, pid <= Int(Int32.max)
        else { throw .unusable("\(file) is no registration of an OpenCode service") }
        var root = url[...]
        while root.hasSuffix("/") { root.removeLast() }
        // What is written there is sent a password; it must not lead elsewhere.
        guard let address = try? HTTPAddress(url: String(root)), address.isLoopback else {
            throw .unusable("\(file) names an address that is not on this machine")
        }
        return ServiceRegistration(file: file, url: String(root), pid: pid, password: json["password"]?.string)
    }

    /// The password that a user's settings give to every start of the service.
    static func settings(_ file: FilePath) throws(PrivateFileError) -> (port: Int?, password: String)? {
        guard let json = try? JSONValue(parsing: try PrivateFile.read(file, limit: limit)),
            let password = json["password"]?.string
        else { return nil }
        return (json["port"]?.int, password)
    }

    private var isAlive: Bool { kill(pid_t(pid), 0) == 0 || errno == EPERM }
}
