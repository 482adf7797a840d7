import Glibc
package import SystemPackage

/// Where OpenLoom 0.17 keeps its things.
package struct OldHome: Sendable {
    /// Its `~/.openloom`.
    package var directory: FilePath
    /// Where it was started: `openloom.yaml` and `connectors/` of that directory come before those of ``directory``.
    /// Nil leaves them out.
    package var startedIn: FilePath?

    package init(directory: FilePath, startedIn: FilePath?) {
        self.directory = directory
        self.startedIn = startedIn
    }

    /// The one configuration file that it reads; nil if there is none.
    var configuration: FilePath? {
        let near = startedIn.map(Self.nearConfigurations) ?? []
        return (near + ["config.yaml", "config.yml"].map { directory.appending($0) }).first(where: Self.isFile)
    }

    static func nearConfigurations(in directory: FilePath) -> [FilePath] {
        ["openloom.yaml", "openloom.yml"].map { directory.appending($0) }
    }

    /// - Parameter name: As the configuration or `OPENLOOM_DATABASE` gives it; nil if neither does.
    func database(_ name: String?, home: FilePath) -> FilePath {
        let text = name ?? "openloom.sqlite3"
        if text.hasPrefix("~/") { return home.appending(String(text.dropFirst(2))) }
        return text.hasPrefix("/") ? FilePath(text) : directory.appending(text)
    }

    /// Where it looks for modules of connectors, in its order.
    var connectorDirectories: [FilePath] {
        [startedIn?.appending("connectors"), directory.appending("connectors")].compactMap(\.self)
    }

    static func isFile(_ path: FilePath) -> Bool { kind(of: path) == S_IFREG }
    static func isDirectory(_ path: FilePath) -> Bool { kind(of: path) == S_IFDIR }

    private static func kind(of path: FilePath) -> mode_t? {
        var status = Glibc.stat()
        return stat(path.string, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}
