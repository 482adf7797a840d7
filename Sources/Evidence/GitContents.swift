import Git
import SystemPackage

/// Sizes and hashes of contents that git keeps, by their ids.
struct GitContents {
    struct Content: Sendable {
        var size: Int
        var sha256: String?
    }

    var shadow: GitShadow

    /// - Returns: What git knows of the objects; one that it does not have is left out, and one that would take what is
    ///   read over the limits has no hash.
    func describe(_ objects: Set<String>) async -> [String: Content] {
        if objects.isEmpty { return [:] }
        let order = objects.sorted()
        let check = try? await shadow.run(
            ["cat-file", "--batch-check=%(objectname) %(objectsize)"], input: Self.input(order))
        var found: [String: Content] = [:]
        for line in check?.text.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            if words.count == 2, let size = Int(words[1]) { found[String(words[0])] = Content(size: size) }
        }
        var room = min(shadow.limits.hashedBytes, shadow.limits.listBytes)
        let wanted = order.filter { object in
            guard let size = found[object]?.size, size + 256 <= room else { return false }
            room -= size + 256
            return true
        }
        if wanted.isEmpty { return found }
        guard let answer = try? await shadow.run(["cat-file", "--batch"], input: Self.input(wanted)) else {
            return found
        }
        // `OBJECT TYPE SIZE`, a newline, the content, a newline.
        var rest = answer.output[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let words = PathText.shown(rest[..<end]).split(separator: " ")
            rest = rest[(end + 1)...]
            guard words.count == 3 else { continue }
            guard let size = Int(words[2]), size < rest.count else { break }
            found[String(words[0])]?.sha256 = ContentHash(of: Array(rest.prefix(size))).sha256
            rest = rest.dropFirst(size + 1)
        }
        return found
    }

    private static func input(_ objects: [String]) -> [UInt8] { Array(objects.map { $0 + "\n" }.joined().utf8) }
}
