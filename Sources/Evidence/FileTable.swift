/// The files of a baseline, by the directory that they lie in, so that a scan can compare a directory at a time.
struct FileTable: Sendable {
    /// By place; places are those of the list that the table was made of.
    let paths: [[UInt8]]
    /// Of each directory that holds a file, or a directory that does: the places of its files, by name.
    private let directories: [[UInt8]: [Int]]

    init(_ paths: [[UInt8]]) {
        self.paths = paths
        var directories: [[UInt8]: [Int]] = [[]: []]
        // Lists come in order, so that most files lie where the one before did.
        var last: [UInt8] = []
        var places: [Int] = []
        func store() {
            directories[last, default: []] += places
            var path = last[...]
            while let slash = path.lastIndex(of: Self.slash) {
                path = path[..<slash]
                if directories[Array(path)] != nil { break }
                directories[Array(path)] = []
            }
        }
        for (place, path) in paths.enumerated() {
            let parent = path.lastIndex(of: Self.slash).map { path[..<$0] } ?? []
            if !parent.elementsEqual(last) {
                store()
                last = Array(parent)
                places = []
            }
            places.append(place)
        }
        store()
        for (directory, places) in directories where places.count > 1 {
            directories[directory] = places.sorted { Bytes.precedes(paths[$0], paths[$1]) }
        }
        self.directories = directories
    }

    /// The places of the files in a directory, by name; nil for a directory in and below which there are none.
    func places(in directory: [UInt8]) -> [Int]? { directories[directory] }

    var all: some Collection<[UInt8]> { directories.keys }

    func name(of place: Int) -> ArraySlice<UInt8> {
        let path = paths[place]
        return path[(path.lastIndex(of: Self.slash).map { $0 + 1 } ?? 0)...]
    }

    private static let slash = UInt8(ascii: "/")
}
