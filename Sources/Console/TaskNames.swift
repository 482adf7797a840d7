package import Spool

/// The short names that lists show for tasks, each of which a command takes for the task's id.
package struct TaskNames: Sendable {
    private var codes: [Substring: Int] = [:]
    /// Only filled when some task needs another short name than its code.
    private var sorted: [TaskID] = []

    /// - Parameter all: Every task of the spool: a short name must mean one of all, not one of those shown.
    package init(all: some Sequence<TaskID>) {
        var needsPrefixes = false
        for id in all {
            if let code = Self.code(of: id) {
                codes[code, default: 0] += 1
                if codes[code, default: 0] > 1 { needsPrefixes = true }
            } else {
                needsPrefixes = true
            }
        }
        if needsPrefixes { sorted = all.sorted() }
    }

    /// The five random characters of an id that openloom made; nil for a name that somebody chose.
    package static func code(of id: TaskID) -> Substring? {
        let text = id.rawValue
        let bytes = text.utf8
        guard bytes.count >= 24, bytes.count == 24 || byte(bytes, 24) == UInt8(ascii: "-"),
            byte(bytes, 8) == UInt8(ascii: "T"), byte(bytes, 18) == UInt8(ascii: "-"),
            bytes.prefix(8).allSatisfy(isDigit), bytes.dropFirst(9).prefix(9).allSatisfy(isDigit)
        else { return nil }
        let code = text.dropFirst(19).prefix(5)
        return isCode(code) ? code : nil
    }

    /// Whether the text could be such five characters.
    package static func isCode(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 5
            && text.utf8.allSatisfy { isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    }

    private static func byte(_ bytes: String.UTF8View, _ offset: Int) -> UInt8 {
        bytes[bytes.index(bytes.startIndex, offsetBy: offset)]
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// The code where only one task has it, else the shortest beginning of the id that no other task shares.
    package func short(_ id: TaskID) -> String {
        if let code = Self.code(of: id), codes[code, default: 0] <= 1 { return String(code) }
        let text = id.rawValue
        guard text.utf8.count > Self.longEnough else { return text }
        let place = place(of: id)
        var shared = 0
        for neighbour in [place - 1, place, place + 1] where sorted.indices.contains(neighbour) {
            if sorted[neighbour] != id { shared = max(shared, Self.sharedLength(text, sorted[neighbour].rawValue)) }
        }
        return String(text.prefix(max(Self.longEnough, shared + 1)))
    }

    /// A name of at most so many characters is not shortened.
    private static let longEnough = 12

    private func place(of id: TaskID) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func sharedLength(_ left: String, _ right: String) -> Int {
        zip(left.utf8, right.utf8).prefix { $0 == $1 }.count
    }
}
