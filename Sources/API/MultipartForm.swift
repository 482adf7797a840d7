/// The fields of a form with files (RFC 7578), from a body that is in memory.
struct MultipartForm: Sendable {
    struct Field: Sendable {
        var name: String
        var fileName: String?
        var bytes: ArraySlice<UInt8>
    }

    /// Why a body is no such form.
    struct Fault: Error {
        var message: String
    }

    private(set) var fields: [Field] = []

    private static let mostFields = 16
    /// Of the headers of a field, in bytes.
    private static let longestHead = 8 << 10
    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    /// - Parameter contentType: The header of the request: it says what stands between the fields.
    init(_ body: [UInt8], contentType: String) throws(Fault) {
        guard let boundary = Self.boundary(contentType) else {
            throw Fault(message: "the header Content-Type has no boundary of 1 to 70 characters")
        }
        let mark = Array("--\(boundary)".utf8)
        guard body.starts(with: mark) else { throw Fault(message: "the form does not begin with its boundary") }
        var rest = body[mark.count...]
        while !rest.starts(with: Array("--".utf8)) {
            guard rest.starts(with: Self.lineEnd), fields.count < Self.mostFields else {
                throw Fault(message: "a boundary is broken, or there are more than \(Self.mostFields) fields")
            }
            rest = rest.dropFirst(2)
            guard let end = Self.find(Self.lineEnd + mark, in: rest) else {
                throw Fault(message: "the form does not end with its boundary")
            }
            fields.append(try Self.field(rest[..<end]))
            rest = rest[(end + 2 + mark.count)...]
        }
    }

    private static func boundary(_ contentType: String) -> String? {
        for part in contentType.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard pair.count == 2, pair[0].lowercased() == "boundary" else { continue }
            var value = pair[1]
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                value = String(value.dropFirst().dropLast())
            }
            return (1...70).contains(value.utf8.count) ? value : nil
        }
        return nil
    }

    private static func field(_ part: ArraySlice<UInt8>) throws(Fault) -> Field {
        let blank = lineEnd + lineEnd
        guard let end = find(blank, in: part.prefix(longestHead)),
            let head = String(validating: part[..<end], as: UTF8.self)
        else { throw Fault(message: "a field has no headers, or more than \(longestHead) bytes of them") }
        for line in head.split(separator: "\r\n") {
            let pair = line.split(separator: ":", maxSplits: 1)
            guard pair.count == 2, pair[0].lowercased() == "content-disposition" else { continue }
            guard let name = parameter("name", of: pair[1]) else { break }
            return Field(name: name, fileName: parameter("filename", of: pair[1]), bytes: part[(end + 4)...])
        }
        throw Fault(message: "a field has no name in its header Content-Disposition")
    }

    /// `NAME="VALUE"` of a header, with what browsers write for quotes.
    private static func parameter(_ name: String, of header: Substring) -> String? {
        var rest = header
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...].drop { $0 == " " }
            guard let equals = rest.firstIndex(of: "=") else { return nil }
            let key = rest[..<equals]
            var value = rest[rest.index(after: equals)...]
            if value.first == "\"" {
                value = value.dropFirst()
                guard let quote = value.firstIndex(of: "\"") else { return nil }
                rest = value[value.index(after: quote)...]
                value = value[..<quote]
            } else {
                value = value.prefix { $0 != ";" }
                rest = rest[value.endIndex...]
            }
            if key.lowercased() == name { return String(value).replacing("%22", with: "\"") }
        }
        return nil
    }

    /// Where `pattern` begins.
    private static func find(_ pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = pattern.first, bytes.count >= pattern.count else { return nil }
        let offset: Int? = bytes.withUnsafeBufferPointer { bytes in
            pattern.withUnsafeBufferPointer { pattern in
                (0...bytes.count - pattern.count).first { start in
                    bytes[start] == first && bytes[start..<start + pattern.count].elementsEqual(pattern)
                }
            }
        }
        return offset.map { $0 + bytes.startIndex }
    }
}
