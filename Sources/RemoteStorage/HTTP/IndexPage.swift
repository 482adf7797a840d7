import Connectors
import JSON

/// What a server's index of a directory names.
enum IndexPage {
    /// The files of nginx's `autoindex_format json`.
    static func json(_ bytes: [UInt8], in directory: [String]) throws(ConnectorError) -> [RemoteFile] {
        guard let entries = try? JSONValue(parsing: bytes).array else {
            throw ConnectorError(.failed, "list: there is no index in JSON, which is a list of files; check url")
        }
        return entries.compactMap { entry in
            guard entry["type"]?.string == "file", let name = entry["name"]?.string, StoragePath.isName(name) else {
                return nil
            }
            let size = entry["size"]?.int
            return RemoteFile(
                path: (directory + [name]).joined(separator: "/"), size: size,
                version: entry["mtime"]?.string.map { "\($0) \(size.map(String.init) ?? "")" })
        }
    }

    /// The paths of the files directly in a directory that a page of HTML has links to. Any text gives an answer.
    static func links(_ bytes: [UInt8], in directory: [String], of http: StorageHTTP) -> [[String]] {
        var paths: [[String]] = []
        var known: Set<[String]> = []
        for reference in references(bytes) {
            // A query sorts the page, a fragment leads into it.
            guard !reference.isEmpty, !reference.contains("?"), !reference.contains("#"), !reference.hasSuffix("/")
            else { continue }
            guard let path = path(of: reference, in: directory, of: http), path.count == directory.count + 1,
                path.starts(with: directory), known.insert(path).inserted
            else { continue }
            paths.append(path)
        }
        return paths
    }

    private static func path(of reference: String, in directory: [String], of http: StorageHTTP) -> [String]? {
        // A link to another server is no file of this one.
        if reference.contains("://"), !reference.hasPrefix(http.server + "/") { return nil }
        if reference.hasPrefix("/") || reference.contains("://") { return http.path(of: reference) }
        let name = reference.hasPrefix("./") ? String(reference.dropFirst(2)) : reference
        // `mailto:` and the like. A colon in a name is written %3A, or comes after ./.
        if !reference.hasPrefix("./"), name.contains(":") { return nil }
        // Anything with another slash is not directly here.
        return http.path(of: http.absolutePath(of: directory, reference: name))
    }

    /// The values of `href` of all links: what stands in `<a … href=… …>`, quoted or not. One pass over the page.
    private static func references(_ bytes: [UInt8]) -> [String] {
        var found: [String] = []
        for tag in bytes.split(separator: UInt8(ascii: "<")) {
            guard let first = tag.first, first | 0x20 == UInt8(ascii: "a"), let second = tag.dropFirst().first,
                isSpace(second)
            else { continue }
            var rest = tag.dropFirst(2)
            while let (name, value) = attribute(&rest) {
                guard name == "href" else { continue }
                found.append(unescaped(value))
                break
            }
        }
        return found
    }

    /// Takes the next attribute of a tag; nil at the tag's end.
    private static func attribute(_ rest: inout ArraySlice<UInt8>) -> (name: String, value: String)? {
        rest = rest.drop { isSpace($0) || $0 == UInt8(ascii: "/") }
        let name = rest.prefix { !isSpace($0) && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ">") }
        rest = rest[name.endIndex...].drop(while: isSpace)
        guard rest.first == UInt8(ascii: "=") else { return name.isEmpty ? nil : (text(name).lowercased(), "") }
        rest = rest.dropFirst().drop(while: isSpace)
        let value: ArraySlice<UInt8>
        if let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            value = rest.dropFirst().prefix { $0 != quote }
            rest = rest[value.endIndex...].dropFirst()
        } else {
            value = rest.prefix { !isSpace($0) && $0 != UInt8(ascii: ">") }
            rest = rest[value.endIndex...]
        }
        return (text(name).lowercased(), text(value))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func unescaped(_ text: String) -> String {
        guard text.contains("&") else { return text }
        var result = text
        for (entity, character) in [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&#x27;", "'"),
            ("&apos;", "'"), ("&amp;", "&"),
        ] {
            result = result.replacing(entity, with: character)
        }
        return result
    }
}
