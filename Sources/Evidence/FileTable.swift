/// The files of a baseline, by the directory that they lie in, so that a scan can compare a directory at a time.
struct FileTable: Sendable {
    /// By place; places are those of the list that the table was made of.
    let paths: PathList
    /// Of each directory that holds a file, or a directory that does: the places of its files, by name.
    private let directories: [[UInt8]: [Int]]

    init(_ paths: PathList) {
        self.paths = paths
        var directories: [[UInt8]: [Int]] = [[]: []]
        // Lists come in order, so that most files lie where the one before did.
        var last: [UInt8] = []
        var places: [Int] = []
        func store() {
            directories[last, default: []] += places
            places.removeAll(keepingCapacity: true)
            var path = last[...]
            while let slash = path.lastIndex(of: PathList.slash) {
                path = path[..<slash]
                if directories[Array(path)] != nil { break }
                directories[Array(path)] = []
            }
        }
        paths.each { place, path in
            let parent = UnsafeRawBufferPointer(rebasing: path[..<PathList.parentCount(path)])
            if !last.withUnsafeBytes({ $0.count == parent.count && Bytes.order($0, parent) == 0 }) {
                store()
                last = Array(parent)
            }
            places.append(place)
        }
        store()
        for (directory, places) in directories where !Self.isOrdered(places, paths) {
            directories[directory] = places.sorted { Bytes.precedes(paths[$0], paths[$1]) }
        }
        self.directories = directories
    }

    private static func isOrdered(_ places: [Int], _ paths: PathList) -> Bool {
        zip(places, places.dropFirst()).allSatisfy { left, right in
            paths.with(left) { left in
                paths.with(right) { Bytes.order(PathList.name(left), PathList.name($0)) <= 0 }
            }
        }
    }

    /// The places of the files in a directory, by name; nil for a directory in and below which there are none.
    func places(in directory: [UInt8]) -> [Int]? { directories[directory] }

    var all: some Collection<[UInt8]> { directories.keys }

    /// How the name of the file at a place and this one are ordered.
    func order(_ place: Int, _ name: [UInt8]) -> Int32 {
        paths.with(place) { path in name.withUnsafeBytes { Bytes.order(PathList.name(path), $0) } }
    }
}
