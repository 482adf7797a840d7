import Glibc
import SystemPackage

/// What the names in a repository stand for, read without git: HEAD, branches, remote branches and tags.
///
/// Repositories that keep them in another way (reftable) seem to have none but HEAD, if that.
enum GitReferences {
    /// Names that are read at most; a repository with more seems to have no others.
    static let limit = 5_000

    /// The commit that HEAD is, or its branch stands for; nil before the first one, and where it can't be told.
    static func head(_ git: FilePath, common: FilePath) -> String? {
        guard let text = line(git.appending("HEAD")) else { return nil }
        guard let name = reference(text) else { return isObject(text) ? text : nil }
        // Both names and what they lead to come from the repository: no more than a few, and nowhere else.
        return resolve(name, common, depth: 0)
    }

    /// The branch's full name when HEAD is one: `refs/heads/main`.
    static func headName(_ git: FilePath) -> String? { line(git.appending("HEAD")).flatMap(reference) }

    /// The objects that any name stands for.
    static func tips(_ common: FilePath) -> Set<String> {
        var tips: Set<String> = []
        var count = 0
        func take(_ object: String) {
            if isObject(object), count < limit {
                count += 1
                tips.insert(object)
            }
        }
        for record in packed(common) { take(record.object) }
        let limits = EvidenceLimits(files: limit, depth: 16, walkSeconds: 5)
        let tree = WorkspaceTree(limits: limits, excluded: [])
        let found = try? tree.scanHere(common.appending("refs")) { _, directory in
            directory.files.filter { $0.status.isRegular }.map { directory.path(of: $0.name) }
        }
        for path in (found?.values ?? []).joined() {
            if let object = line(common.appending("refs").pushing(PathText.path(path))) { take(object) }
        }
        return tips
    }

    static func isObject(_ text: String) -> Bool {
        [40, 64].contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func resolve(_ name: String, _ common: FilePath, depth: Int) -> String? {
        guard depth < 5, name.hasPrefix("refs/"), !name.split(separator: "/").contains("..") else { return nil }
        if let text = line(common.pushing(FilePath(name))) {
            if let next = reference(text) { return resolve(next, common, depth: depth + 1) }
            return isObject(text) ? text : nil
        }
        return packed(common).first { $0.name == name }?.object
    }

    private static func reference(_ text: String) -> String? {
        text.hasPrefix("ref: ") ? String(text.dropFirst(5)) : nil
    }

    private static func packed(_ common: FilePath) -> [(object: String, name: String)] {
        guard let bytes = try? EvidenceFiles.read(common.appending("packed-refs"), limit: 16 << 20) else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let words = PathText.shown(line).split(separator: " ", maxSplits: 1)
            return words.count == 2 && isObject(String(words[0])) ? (String(words[0]), String(words[1])) : nil
        }
    }

    private static func line(_ path: FilePath) -> String? {
        guard let bytes = try? EvidenceFiles.read(path, limit: 4096) else { return nil }
        return PathText.shown(bytes).split(separator: "\n").first.map { String($0) }
    }
}
