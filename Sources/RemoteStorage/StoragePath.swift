package import Connectors

/// Paths beneath a storage's root.
package enum StoragePath {
    /// The longest path, in bytes, as on Linux.
    private static let longest = 4096

    /// The names that a path consists of: `a/b`, `/a/b/` and `./a/b` are the same.
    ///
    /// - Throws: For one that would leave the root, or that has what no name has.
    package static func components(_ path: String) throws(ConnectorError) -> [String] {
        guard path.utf8.count <= longest else { throw ConnectorError(.failed, "a path of more than \(longest) bytes") }
        var names: [String] = []
        for part in path.utf8.split(separator: UInt8(ascii: "/")) {
            let name = String(Substring(part))
            if name == "." { continue }
            guard isName(name) else {
                throw ConnectorError(.failed, "a path with .. or a control character in it: nothing outside is touched")
            }
            names.append(name)
        }
        return names
    }

    /// The names without the last, and the last.
    ///
    /// - Throws: Also if there is none: the root is no file.
    static func file(_ path: String) throws(ConnectorError) -> (directory: [String], name: String) {
        var names = try components(path)
        guard let name = names.popLast() else { throw ConnectorError(.failed, "a file without a name") }
        return (names, name)
    }

    /// Whether a file may be called so. Others are left out of listings.
    package static func isName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".."
            && name.unicodeScalars.allSatisfy { $0 != "/" && $0.properties.generalCategory != .control }
    }
}
