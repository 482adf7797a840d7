import Connectors

/// What servers of FTP say of a directory.
enum FTPListing {
    struct Entry {
        var name: String
        var size: Int?
        /// In UTC, as the server writes it: to the second, perhaps with a fraction.
        var modified: String?
    }

    /// The regular files in an answer to MLSD (RFC 3659): `modify=20261127081753;size=3;type=file; A trip.md`. Lines that
    /// can't be read are left out, and those of names that can't be used.
    static func described(_ body: [UInt8]) -> [Entry] {
        lines(body).compactMap { line in
            guard let space = line.firstIndex(of: " ") else { return nil }
            var facts: [String: Substring] = [:]
            for fact in line[..<space].split(separator: ";") {
                guard let sign = fact.firstIndex(of: "=") else { continue }
                facts[fact[..<sign].lowercased()] = fact[fact.index(after: sign)...]
            }
            let name = String(line[line.index(after: space)...])
            guard facts["type"]?.lowercased() == "file", StoragePath.isName(name) else { return nil }
            let modified = facts["modify"].flatMap { $0.allSatisfy { $0.isNumber || $0 == "." } ? String($0) : nil }
            return Entry(
                name: name, size: facts["size"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }, modified: modified)
        }
    }

    /// The names in an answer to NLST: of files and directories, with or without the directory's own in front.
    static func names(_ body: [UInt8]) -> [String] {
        lines(body).map { RemotePath.name(of: String($0)) }.filter(StoragePath.isName)
    }

    private static func lines(_ body: [UInt8]) -> [Substring] {
        body.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let text = String(validating: line, as: UTF8.self) else { return nil }
            return text.unicodeScalars.last == "\r" ? Substring(text.unicodeScalars.dropLast()) : Substring(text)
        }
    }
}
