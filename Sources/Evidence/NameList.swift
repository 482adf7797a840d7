import Glibc

/// The names in a directory, in one piece of memory, each with the NUL that the system wants at its end.
struct NameList {
    private var bytes: [CChar] = []
    private var starts: [Int] = []

    var count: Int { starts.count }

    mutating func append(_ name: UnsafePointer<CChar>) {
        starts.append(bytes.count)
        bytes.append(contentsOf: UnsafeBufferPointer(start: name, count: strlen(name) + 1))
    }

    /// By their bytes.
    mutating func sort() {
        bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            starts.sort { strcmp(base + $0, base + $1) < 0 }
        }
    }

    /// Calls `body` with each name until it answers false.
    func each(_ body: (UnsafePointer<CChar>) -> Bool) {
        bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            for start in starts where !body(base + start) { return }
        }
    }

    static func bytes(_ name: UnsafePointer<CChar>) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
    }
}
