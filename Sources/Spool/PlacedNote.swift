package import JSON

/// `placed.json`: what was put beside the source of a task, and under which name; written before it is put there.
///
/// A file outside is ours if its content has one of the hashes that are written down here: contents name their task, so
/// no other task's file has them.
package struct PlacedNote: Sendable, Hashable {
    /// The task. A copy of a directory under another name is another task, with nothing placed yet.
    package var id: TaskID
    /// Where statuses and results go; nil as long as none was placed.
    package var directory: String?
    package var stem: String?
    /// SHA-256 of what may lie there as `STEM.status.EXT`.
    package var statusHashes: [String] = []
    /// SHA-256 of what may lie there as `STEM.result.EXT`.
    package var resultHashes: [String] = []
    /// `ended` of the `result.json` that was placed for good; nil as long as none was.
    package var placed: String?
    /// Where the source was put back, and whether it certainly was.
    package var source: String?
    package var isSourcePlaced = false

    /// Of a file that is replaced, the old content and the new one, and those of attempts that a crash cut off.
    private static let mostHashes = 4

    package init(id: TaskID) { self.id = id }

    package init?(json: JSONValue) {
        guard let id = json["id"]?.string.flatMap({ TaskID($0) }) else { return nil }
        self.id = id
        directory = json["directory"]?.string
        stem = json["stem"]?.string
        statusHashes = json["status_sha256"]?.array?.compactMap(\.string) ?? []
        resultHashes = json["result_sha256"]?.array?.compactMap(\.string) ?? []
        placed = json["result_of"]?.string
        source = json["source"]?.string
        isSourcePlaced = json["source_placed"]?.bool ?? false
    }

    package var json: JSONValue {
        [
            "id": .string(id.rawValue), "directory": JSONValue(directory), "stem": JSONValue(stem),
            "status_sha256": .array(statusHashes.map { .string($0) }),
            "result_sha256": .array(resultHashes.map { .string($0) }), "result_of": JSONValue(placed),
            "source": JSONValue(source), "source_placed": .bool(isSourcePlaced),
        ]
    }

    /// Another place is to be found, as somebody else's file is in this one.
    package mutating func forgetPlace(directory: String) {
        self.directory = directory
        stem = nil
        statusHashes = []
        resultHashes = []
    }

    /// Takes down the hash of what is about to be placed.
    package mutating func expect(_ hash: String, as kind: WritableKeyPath<PlacedNote, [String]>) {
        self[keyPath: kind].removeAll { $0 == hash }
        self[keyPath: kind] = [hash] + self[keyPath: kind].prefix(Self.mostHashes - 1)
    }
}

extension PlacedNote {
    /// Names that are tried in a row because somebody else takes them in the same moment.
    package static let mostTries = 100
    /// Nothing that we place is longer, in bytes; what is, is not ours.
    package static let longestFile = 64 << 20

    /// Everything is where it belongs; only another result is owed from now on.
    ///
    /// - Parameter ended: That of the `result.json` that was placed.
    package mutating func settle(_ ended: String?) {
        placed = ended
        isSourcePlaced = true
        statusHashes = []
        resultHashes = Array(resultHashes.prefix(1))
    }
}

extension SpoolDirectory {
    /// What was put beside a task's source; nothing, if the note is of another task or makes no sense.
    package func placedNote(_ id: TaskID, in state: TaskState) throws(SpoolError) -> PlacedNote {
        let json: JSONValue?
        do {
            json = try readJSON(paths.task(id, in: state).placed)
        } catch  where error.code == .damaged {
            json = nil
        }
        if let note = json.flatMap(PlacedNote.init(json:)), note.id == id { return note }
        return PlacedNote(id: id)
    }

    /// Survives a power cut when it returns.
    package func write(_ note: PlacedNote, in state: TaskState) throws(SpoolError) {
        try DurableFile.write(note.json.pretty, to: paths.task(note.id, in: state).placed)
    }

    /// Up to which event everything has been put beside the sources; nil if results were never wanted.
    package func readResultCursor(_ node: String, connector: String? = nil) throws(SpoolError) -> Int? {
        try readNumber(paths.resultCursor(node, connector: connector))
    }

    package func writeResultCursor(_ number: Int, node: String, connector: String? = nil) throws(SpoolError) {
        try DurableFile.write("\(number)\n", to: paths.resultCursor(node, connector: connector))
    }

    /// Results are not wanted any more in directories of this machine; if they are again, they begin with what happens then.
    package func removeResultCursor(_ node: String) throws(SpoolError) {
        do {
            try Syscalls.unlink(paths.resultCursor(node, connector: nil))
        } catch  where error.code == .taskNotFound {
            return
        }
    }
}
