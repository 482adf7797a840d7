package import SystemPackage

extension SpoolDirectory {
    /// Moves a file or directory that can't become a task to `rejected/`, with `NAME.reason.txt` beside it.
    ///
    /// The reason is written first: at the instant of the rename both are there. The bytes are not touched. A name
    /// that is taken gets a number.
    ///
    /// - Returns: The name that it has under `rejected/`.
    package func reject(_ path: FilePath, name: String, reason: String) throws(SpoolError) -> String {
        let plain = name.isEmpty || name == "." || name == ".." ? "unnamed" : name.filter { $0 != "/" && $0 != "\0" }
        let (stem, suffix) = Self.split(Self.shortened(plain))
        for number in 1... {
            let candidate = number == 1 ? stem + suffix : "\(stem) (\(number))\(suffix)"
            let target = paths.rejected.appending(candidate)
            if Syscalls.exists(target) { continue }
            let explanation = paths.rejected.appending("\(candidate).reason.txt")
            guard try writeReason(reason, to: explanation) else { continue }
            do {
                try Syscalls.move(path, target)
            } catch {
                if error.code == .taskExists { continue }
                // Somebody took the file away: a reason for nothing would be a riddle.
                try? Syscalls.unlink(explanation)
                throw error
            }
            try Syscalls.syncDirectory(path.removingLastComponent())
            try Syscalls.syncDirectory(paths.rejected)
            return candidate
        }
        return plain
    }

    /// Writes a reason where nothing is yet: what is there may be somebody's rejected file, or another's reason.
    ///
    /// - Returns: Whether this reason is there now. It also is when a crash left it there, or another drop has the same.
    private func writeReason(_ reason: String, to path: FilePath) throws(SpoolError) -> Bool {
        guard let name = path.lastComponent?.string else { return false }
        let temporary = DurableFile.temporaryPath(for: name, in: paths.rejected)
        try DurableFile.writeSynced(reason.utf8, to: temporary)
        do {
            try Syscalls.move(temporary, path)
            return true
        } catch  where error.code == .taskExists {
            try Syscalls.unlink(temporary)
            let present = try? Syscalls.read(path, limit: reason.utf8.count)
            return present.flatMap { $0 } == Array(reason.utf8)
        }
    }

    private static func split(_ name: String) -> (String, String) {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return (name, "") }
        return (String(name[..<dot]), String(name[dot...]))
    }

    /// Leaves room for a number and `.reason.txt` within the 255 bytes of a file name.
    private static func shortened(_ name: String) -> String {
        if name.utf8.count <= 200 { return name }
        var short = name
        while short.utf8.count > 200 { short.removeLast() }
        return short
    }
}
