import JSON
import SystemPackage

/// The small files that make a directory a git directory. They are kept in `baseline.json` and laid out whenever git is to be
/// run, so that none of them has to reach the disk by itself before the prompt goes out.
struct GitLayout: Sendable {
    /// What `HEAD` holds.
    var head: String
    var config: [UInt8]
    var exclude: [UInt8]
    var attributes: [UInt8]
    /// The repository's objects.
    var objects: FilePath

    /// - Parameter hidden: Paths from the work tree's top that are not to be seen.
    init(of repository: GitRepository, hiding hidden: [[UInt8]]) {
        head = repository.head ?? "ref: refs/heads/openloom"
        config = repository.settings.file(objectFormat: repository.objectFormat)
        exclude = (try? EvidenceFiles.read(repository.exclude, limit: 1 << 20)) ?? []
        for path in hidden { exclude += Array("\n/".utf8) + Self.pattern(path) + [0x0A] }
        attributes = (try? EvidenceFiles.read(repository.attributes, limit: 1 << 20)) ?? []
        objects = repository.objects
    }

    func write(to directory: FilePath) throws(EvidenceError) {
        for name in ["", "refs", "info"] {
            try EvidenceFiles.makeDirectory(name.isEmpty ? directory : directory.appending(name))
        }
        let files = [
            ("HEAD", Array("\(head)\n".utf8)), ("config", config), ("info/exclude", exclude),
            ("info/attributes", attributes),
        ]
        for (name, bytes) in files {
            try EvidenceFiles.write(directory.pushing(FilePath(name)), bytes)
        }
    }

    /// The repository's objects as `GIT_ALTERNATE_OBJECT_DIRECTORIES` names them: quoted, as a path may hold its colon.
    var alternates: [UInt8] {
        let quoted = PathText.bytes(objects).flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
            case 0x0A: Array("\\n".utf8)
            default: [byte]
            }
        }
        return Array("\"".utf8) + quoted + Array("\"".utf8)
    }

    var json: JSONValue {
        [
            "head": .string(head), "config": Self.text(config), "exclude": Self.text(exclude),
            "attributes": Self.text(attributes), "objects": BaselineRecord.pathObject(PathText.bytes(objects)),
        ]
    }

    init?(_ json: JSONValue) {
        guard let head = json["head"]?.string, let config = json["config"].flatMap(Self.bytes),
            let exclude = json["exclude"].flatMap(Self.bytes), let attributes = json["attributes"].flatMap(Self.bytes),
            let objects = json["objects"].flatMap({ PathText.bytes(from: $0) })
        else { return nil }
        self.head = head
        self.config = config
        self.exclude = exclude
        self.attributes = attributes
        self.objects = PathText.path(objects)
    }

    /// Text where it is text, else an array that holds its bytes in hexadecimal.
    private static func text(_ bytes: [UInt8]) -> JSONValue {
        let text = PathText.shown(bytes)
        return text.utf8.elementsEqual(bytes) ? .string(text) : .array([.string(PathText.hexadecimal(bytes))])
    }

    private static func bytes(_ json: JSONValue) -> [UInt8]? {
        if let text = json.string { return Array(text.utf8) }
        return json[0]?.string.flatMap { PathText.bytes(hexadecimal: $0) }
    }

    /// A line of `info/exclude` that means exactly this path.
    private static func pattern(_ path: [UInt8]) -> [UInt8] {
        path.flatMap { byte -> [UInt8] in
            "\\*?[! #".utf8.contains(byte) ? [UInt8(ascii: "\\"), byte] : [byte]
        }
    }
}
