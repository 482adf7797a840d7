/// Of a repository's configuration, what decides how a file becomes content and which files are ignored.
///
/// All else stays behind, so that nothing the repository names is ever run: no hooks, no fsmonitor, no external or text
/// converting diff, no clean or smudge filter, no partial clone's fetch.
struct GitSettings: Sendable {
    private(set) var carried: [(name: String, value: [UInt8])] = []
    /// The names of the filter drivers (`filter.NAME.clean`), such as `lfs`. They are not carried.
    private(set) var filters: Set<String> = []
    /// The address that a commit would have, where one is configured.
    private(set) var email: String?
    /// Where git looks for hooks, if not in the repository.
    private(set) var hooksPath: [UInt8]?

    private static let names: Set<String> = [
        "core.filemode", "core.symlinks", "core.ignorecase", "core.precomposeunicode", "core.autocrlf", "core.eol",
        "core.excludesfile", "core.attributesfile",
    ]

    /// Reads the answer of `git config -z --list`: a record per setting, name and value parted by a newline.
    init(list: [[UInt8]]) {
        for record in list {
            let parts = record.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first else { continue }
            let name = PathText.shown(first)
            if Self.names.contains(name) {
                // A name alone means true.
                carried.append((name, parts.count == 2 ? Array(parts[1]) : Array("true".utf8)))
            } else if name == "user.email", parts.count == 2 {
                email = PathText.shown(parts[1])
            } else if name == "core.hookspath", parts.count == 2 {
                hooksPath = Array(parts[1])
            } else if name.hasPrefix("filter."), name.hasSuffix(".clean") || name.hasSuffix(".process") {
                let words = name.split(separator: ".", omittingEmptySubsequences: false)
                filters.insert(words.dropFirst().dropLast().joined(separator: "."))
            }
        }
    }

    /// The configuration of our own repository directory.
    func file(objectFormat: String) -> [UInt8] {
        var bytes: [UInt8] = []
        let fixed = [
            "core.bare": "false", "core.fsmonitor": "false", "core.untrackedcache": "false",
            "core.hookspath": "/dev/null", "core.safecrlf": "false", "core.splitindex": "false",
            // Whoever sends the prompt syncs the evidence as a whole.
            "core.fsync": "none", "core.loosecompression": "1", "gc.auto": "0",
            "maintenance.auto": "false",
        ]
        let version = objectFormat == "sha1" ? "0" : "1"
        bytes.append(contentsOf: "[core]\n\trepositoryformatversion = \(version)\n".utf8)
        if objectFormat != "sha1" { bytes.append(contentsOf: "[extensions]\n\tobjectformat = \(objectFormat)\n".utf8) }
        for (name, value) in carried { Self.append(name, value, to: &bytes) }
        for (name, value) in fixed.sorted(by: { $0.key < $1.key }) { Self.append(name, Array(value.utf8), to: &bytes) }
        return bytes
    }

    private static func append(_ name: String, _ value: [UInt8], to bytes: inout [UInt8]) {
        let words = name.split(separator: ".")
        bytes.append(contentsOf: "[\(words.first ?? "")]\n\t\(words.last ?? "") = \"".utf8)
        for byte in value {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
            case UInt8(ascii: "\t"): bytes += Array("\\t".utf8)
            default: bytes.append(byte)
            }
        }
        bytes += Array("\"\n".utf8)
    }
}
