/// Takes an HTTP/1.1 answer apart while it arrives.
struct AnswerParser {
    private(set) var status = 0
    private(set) var headers: [String: String] = [:]
    /// The bytes of the body so far, chunks joined.
    private(set) var body: [UInt8] = []
    private(set) var isComplete = false
    private var head = true
    private var pending: [UInt8] = []

    mutating func feed(_ bytes: [UInt8]) {
        pending += bytes
        if head {
            guard let end = Self.find([13, 10, 13, 10], in: pending[...]) else { return }
            let lines = String(decoding: pending[..<end], as: UTF8.self).split(separator: "\r\n")
            status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
            for line in lines.dropFirst() {
                let sides = line.split(separator: ":", maxSplits: 1)
                if sides.count == 2 {
                    headers[sides[0].lowercased()] = String(sides[1].drop { $0 == " " })
                }
            }
            pending.removeFirst(end + 4)
            head = false
        }
        if headers["transfer-encoding"] == "chunked" {
            takeChunks()
        } else {
            body += pending
            pending = []
            isComplete = body.count >= headers["content-length"].flatMap { Int($0) } ?? 0
        }
    }

    /// Removes and returns what has arrived of the body.
    mutating func takeBody() -> [UInt8] {
        defer { body = [] }
        return body
    }

    private mutating func takeChunks() {
        var rest = pending[...]
        while let line = Self.find([13, 10], in: rest) {
            guard let size = Int(String(decoding: rest[rest.startIndex..<line], as: UTF8.self), radix: 16) else {
                break
            }
            let start = line + 2
            guard rest.endIndex - start >= size + 2 else { break }
            body += rest[start..<(start + size)]
            rest = rest[(start + size + 2)...]
            if size == 0 { isComplete = true }
        }
        pending = Array(rest)
    }

    private static func find(_ needle: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= needle.count else { return nil }
        var index = bytes.startIndex
        while index <= bytes.endIndex - needle.count {
            if bytes[index] == needle[0], bytes[index...].starts(with: needle) { return index }
            index += 1
        }
        return nil
    }
}
