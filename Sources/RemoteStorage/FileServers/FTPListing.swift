import Connectors
import Glibc

/// What servers of FTP say of a directory.
enum FTPListing {
    struct Entry {
        var name: String
        var size: Int?
        /// In seconds since 1970, as for a file that is asked about by itself.
        var modified: Int?
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
            let modified = facts["modify"].flatMap(seconds)
            return Entry(
                name: name, size: facts["size"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }, modified: modified)
        }
    }

    /// `YYYYMMDDhhmmss` in UTC, perhaps with a fraction.
    private static func seconds(_ text: Substring) -> Int? {
        let digits = text.utf8.prefix(14).map { Int($0) - 0x30 }
        guard digits.count == 14, digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        func number(_ range: Range<Int>) -> Int32 { Int32(digits[range].reduce(0) { $0 * 10 + $1 }) }
        var time = tm()
        time.tm_year = number(0..<4) - 1900
        time.tm_mon = number(4..<6) - 1
        time.tm_mday = number(6..<8)
        time.tm_hour = number(8..<10)
        time.tm_min = number(10..<12)
        time.tm_sec = number(12..<14)
        return timegm(&time)
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
