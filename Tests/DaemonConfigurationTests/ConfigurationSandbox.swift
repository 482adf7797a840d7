import FoundationEssentials
import Glibc
import SystemPackage

@testable import DaemonConfiguration

/// A home of its own, with nobody's configuration in it, removed with the value.
final class ConfigurationSandbox {
    let home: FilePath
    var file: FilePath { home.appending(".openloom/config.yaml") }

    /// - Parameter yaml: What the default file holds; nil for no file.
    init(_ yaml: String? = nil, mode: mode_t = 0o600) throws {
        let name = FileManager.default.temporaryDirectory.path + "/configuration-tests-XXXXXX"
        var template = Array(name.utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        home = FilePath(String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
        if let yaml { try write(".openloom/config.yaml", yaml, mode: mode) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: home.string)
    }

    @discardableResult
    func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> FilePath {
        let path = home.appending(name)
        try FileManager.default.createDirectory(
            atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path.string))
        guard chmod(path.string, mode) == 0 else { throw Errno(rawValue: errno) }
        return path
    }

    func load(
        _ flags: ConfigurationFlags = ConfigurationFlags(), _ environment: [String: String] = [:]
    ) throws(ConfigurationError) -> Configuration {
        try Configuration.load(
            flags: flags, environment: environment, home: home, workingDirectory: home.appending("work"))
    }

    /// The whole error, with `HOME` for the sandbox; empty if there is none.
    func complaint(
        _ flags: ConfigurationFlags = ConfigurationFlags(), _ environment: [String: String] = [:]
    ) -> String {
        do {
            _ = try load(flags, environment)
            return ""
        } catch {
            return error.description.replacing(home.string, with: "HOME")
        }
    }

    /// The lines of the error, each without `HOME/.openloom/config.yaml:`.
    func complaints(_ environment: [String: String] = [:]) -> [String] {
        let place = "HOME/.openloom/config.yaml:"
        return complaint(ConfigurationFlags(), environment).split(separator: "\n").dropFirst().map {
            String($0.trimmingPrefix { $0 == " " }.trimmingPrefix(place))
        }
    }
}

extension Configuration {
    func entry(_ key: String) -> ConfigurationEntry? { report().first { $0.key == key } }
}
