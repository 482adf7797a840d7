import JSON
import SystemPackage

/// Which files of connectors' storage have been taken. Each has a file here from the moment before its task is made until
/// it is gone from the storage, so that it is taken once.
extension SpoolDirectory {
    /// The name that a remote file has in `taken/`.
    package static func takenName(path: String, version: String) -> String {
        ContentHash.text(Array("\(path)\n\(version)".utf8))
    }

    /// What has been taken, by name.
    package func takenNames(of connector: String) throws(SpoolError) -> Set<String> {
        do {
            return Set(try Syscalls.names(in: paths.taken(connector)).filter { !$0.hasPrefix(".") })
        } catch  where error.code == .taskNotFound {
            return []
        }
    }

    /// Nil if nothing is known of it, or what is there makes no sense.
    package func takenNote(_ name: String, of connector: String) throws(SpoolError) -> TakenNote? {
        do {
            return try readJSON(paths.taken(connector).appending(name)).flatMap(TakenNote.init(json:))
        } catch  where error.code == .damaged {
            return nil
        }
    }

    /// What this spool is called where it claims files of a connector's inbox that other spools look at as well: random,
    /// made once, and there after a power cut when this returns.
    package func claimant(of connector: String) throws(SpoolError) -> String {
        let path = paths.claimant(connector)
        if let word = try readWord(path) {
            let isName = word.utf8.count == 16 && word.allSatisfy { $0.isHexDigit && !$0.isUppercase }
            guard isName else {
                throw SpoolError(
                    .damaged, "read", path,
                    advice: "it should hold 16 digits; remove it, and the claims of this spool in the storage")
            }
            return word
        }
        let random = String(UInt64.random(in: .min ... .max), radix: 16)
        let name = String(repeating: "0", count: 16 - random.utf8.count) + random
        try Syscalls.ensureDirectory(paths.connectors)
        try Syscalls.ensureDirectory(paths.connector(connector))
        try DurableFile.write(name + "\n", to: path)
        for directory in [paths.root, paths.connectors] { try Syscalls.syncDirectory(directory) }
        return name
    }

    /// Survives a power cut when it returns.
    package func write(_ note: TakenNote) throws(SpoolError) {
        let connector = note.remote.connector
        try Syscalls.ensureDirectory(paths.connectors)
        try Syscalls.ensureDirectory(paths.connector(connector))
        try Syscalls.ensureDirectory(paths.taken(connector))
        let name = Self.takenName(path: note.remote.path, version: note.remote.version)
        try DurableFile.write(note.json.pretty, to: paths.taken(connector).appending(name))
    }

    /// Forgets a file that is gone from the storage, unless its task has not ended: that will want to put it away.
    ///
    /// - Parameter isShared: Whether others may take a file of that name then: so it is known until all that is owed to
    ///   its task has been put into the storage.
    /// - Returns: What was known of it; nil if it is still known.
    package func forgetEnded(_ name: String, of connector: String, isShared: Bool) throws(SpoolError) -> TakenNote? {
        let note = try takenNote(name, of: connector)
        if let id = note?.task, let state = try? locate(id).1 {
            if !state.isEnded { return nil }
            if isShared, try placedNote(id, in: state).placed == nil { return nil }
        }
        try forgetTaken(name, of: connector)
        return note
    }

    /// The file is gone from the storage; one that is put there again is another.
    package func forgetTaken(_ name: String, of connector: String) throws(SpoolError) {
        do {
            try Syscalls.unlink(paths.taken(connector).appending(name))
        } catch  where error.code == .taskNotFound {
            return
        }
    }
}
