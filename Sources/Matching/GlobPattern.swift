/// A pattern for paths, such as `tests`, `*.md` or `src/**/*.swift`.
///
/// It is compared with a path component by component: `*` and `?` stand for characters of one component, `[…]` for one of
/// some characters, and a component `**` for any number of components. What matches a directory covers everything in it,
/// so that `tests`, `tests/` and `tests/**` mean the same files. Case counts. Time is in proportion to both lengths.
package struct GlobPattern: Sendable, Hashable {
    private let components: [[UInt8]]

    private static let anyDepth = Array("**".utf8)

    /// - Parameter text: Relative, with `/` between its components.
    package init(_ text: String) {
        components = text.utf8.split(separator: UInt8(ascii: "/")).map(Array.init).filter { $0 != [UInt8(ascii: ".")] }
    }

    /// Whether a file, given by the bytes of its path, is covered.
    package func covers(_ path: some Collection<UInt8>) -> Bool {
        let names = path.split(separator: UInt8(ascii: "/")).map { Array($0) }
        // Which components of the pattern may come next, after so many of the path.
        var next: Set<Int> = closure([0])
        for name in names {
            if next.contains(components.count) { return true }
            var after: Set<Int> = []
            for index in next where index < components.count {
                if components[index] == Self.anyDepth {
                    after.insert(index)
                } else if Self.matches(components[index][...], name[...]) {
                    after.insert(index + 1)
                }
            }
            next = closure(after)
        }
        return next.contains(components.count)
    }

    /// Adds what a `**` that stands for nothing leads to.
    private func closure(_ indices: Set<Int>) -> Set<Int> {
        var result = indices
        for start in indices {
            var index = start
            while index < components.count, components[index] == Self.anyDepth {
                index += 1
                result.insert(index)
            }
        }
        return result
    }

    /// One component: of several `*` only the last needs to be tried again.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        var (pattern, name) = (pattern, name)
        var retry: (pattern: ArraySlice<UInt8>, name: ArraySlice<UInt8>)?
        while true {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (pattern, name)
                continue
            }
            if let byte = name.first, let rest = one(pattern, byte) {
                (pattern, name) = (rest, name.dropFirst())
                continue
            }
            if pattern.isEmpty, name.isEmpty { return true }
            guard let last = retry, !last.name.isEmpty else { return false }
            retry = (last.pattern, last.name.dropFirst())
            (pattern, name) = (last.pattern, last.name.dropFirst())
        }
    }

    /// What is left of a pattern that begins with something for this byte; nil if it does not.
    private static func one(_ pattern: ArraySlice<UInt8>, _ byte: UInt8) -> ArraySlice<UInt8>? {
        guard let first = pattern.first else { return nil }
        let rest = pattern.dropFirst()
        switch first {
        case UInt8(ascii: "?"): return rest
        case UInt8(ascii: "\\") where !rest.isEmpty: return rest.first == byte ? rest.dropFirst() : nil
        case UInt8(ascii: "["):
            guard let close = rest.dropFirst().firstIndex(of: UInt8(ascii: "]")) else {
                return byte == first ? rest : nil
            }
            var set = rest[..<close]
            let isNegated = set.first == UInt8(ascii: "!") || set.first == UInt8(ascii: "^")
            if isNegated { set = set.dropFirst() }
            var found = false
            while let low = set.first {
                let after = set.dropFirst()
                if after.first == UInt8(ascii: "-"), let high = after.dropFirst().first {
                    found = found || (low <= byte && byte <= high)
                    set = after.dropFirst(2)
                } else {
                    found = found || low == byte
                    set = after
                }
            }
            return found != isNegated ? rest[close...].dropFirst() : nil
        default: return first == byte ? rest : nil
        }
    }
}
