/// Why a text is no JSON that we accept, and where.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, for a person.
    package var message: String
    /// Line of the fault, from 1.
    package var line: Int
    /// Byte within that line, from 1.
    package var column: Int

    package init(message: String, line: Int, column: Int) {
        self.message = message
        self.line = line
        self.column = column
    }

    package var description: String { "line \(line), column \(column): \(message)" }
}

/// How much of a stranger's text is read before we give up on it.
package struct JSONLimits: Sendable {
    /// Nested lists and objects. Deeper input costs stack, and nobody writes it by hand.
    package var depth: Int
    /// Values in the whole document: bounds memory, which is many times the text.
    package var values: Int

    package init(depth: Int = 64, values: Int = 4_000_000) {
        self.depth = depth
        self.values = values
    }
}

extension JSONValue {
    /// Reads one JSON document (RFC 8259), with nothing but white space around it.
    ///
    /// Strict: no comments, no trailing commas, no duplicate names, no unpaired surrogates, well-formed UTF-8 only.
    /// The caller bounds the size in bytes, before reading them.
    package init(parsing bytes: some Sequence<UInt8>, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        let all = ContiguousArray(bytes)
        var parser = JSONParser(bytes: all, limits: limits)
        self = try parser.document()
    }

    /// Reads one JSON document from a string.
    package init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        try self.init(parsing: text.utf8, limits: limits)
    }
}

private struct JSONParser {
    let bytes: ContiguousArray<UInt8>
    let limits: JSONLimits
    var position = 0
    var values = 0

    init(bytes: ContiguousArray<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(JSONError) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        if position < bytes.count { throw fault("something follows the end of the document") }
        return value
    }

    // MARK: values

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        values += 1
        if values > limits.values { throw fault("more than \(limits.values) values") }
        guard let byte = peek else { throw fault("the text ends where a value should be") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw fault("not the start of a value")
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        if depth >= limits.depth { throw fault("nested more than \(limits.depth) deep") }
        position += 1
        var object = JSONObject()
        skipSpace()
        if take("}") { return .object(object) }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw fault("a member name in double quotes should be here") }
            let start = position
            let name = try string()
            if object[name] != nil {
                position = start
                throw fault("the name \"\(name.prefix(80))\" is there twice")
            }
            skipSpace()
            guard take(":") else { throw fault("a colon should follow the name") }
            skipSpace()
            object[name] = try value(depth: depth + 1)
            skipSpace()
            if take(",") { continue }
            if take("}") { return .object(object) }
            throw fault("a comma or the closing brace should be here")
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        if depth >= limits.depth { throw fault("nested more than \(limits.depth) deep") }
        position += 1
        var array: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(array) }
        while true {
            skipSpace()
            array.append(try value(depth: depth + 1))
            skipSpace()
            if take(",") { continue }
            if take("]") { return .array(array) }
            throw fault("a comma or the closing bracket should be here")
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let count = text.utf8CodeUnitCount
        let matches =
            position + count <= bytes.count
            && (0..<count).allSatisfy { bytes[position + $0] == text.utf8Start[$0] }
        guard matches else { throw fault("not the start of a value") }
        position += count
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        var whole = true
        _ = take("-")
        guard let first = peek, isDigit(first) else { throw fault("a digit should follow the minus") }
        if first == UInt8(ascii: "0") { position += 1 } else { skipDigits() }
        if take(".") {
            whole = false
            guard let next = peek, isDigit(next) else { throw fault("a digit should follow the point") }
            skipDigits()
        }
        if take("e") || take("E") {
            whole = false
            if !take("+") { _ = take("-") }
            guard let next = peek, isDigit(next) else { throw fault("the exponent has no digits") }
            skipDigits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if whole, let value = Int(text) { return .int(value) }
        guard let value = Double(text), value.isFinite else {
            position = start
            throw fault("the number is out of range")
        }
        return .double(value)
    }

    // MARK: strings

    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        // Most strings have no escape: take their bytes as they are.
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        if peek == UInt8(ascii: "\"") {
            defer { position += 1 }
            return try text(bytes[start..<position], at: start)
        }
        var unescaped = ContiguousArray(bytes[start..<position])
        while true {
            guard let byte = peek else { throw fault("the text ends inside a string") }
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return try text(unescaped[...], at: start)
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &unescaped)
            case 0..<0x20:
                throw fault("a control character inside a string must be escaped")
            default:
                unescaped.append(byte)
                position += 1
            }
        }
    }

    private func text(_ slice: ContiguousArray<UInt8>.SubSequence, at start: Int) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            var here = self
            here.position = start
            throw here.fault("the string is not well-formed UTF-8")
        }
        return text
    }

    private mutating func escape(into out: inout ContiguousArray<UInt8>) throws(JSONError) {
        guard let byte = peek else { throw fault("the text ends inside a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                guard take("\\"), take("u") else { throw fault("half of a surrogate pair") }
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw fault("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fault("half of a surrogate pair") }
            out.append(contentsOf: Array(String(Character(scalar)).utf8))
        default:
            position -= 1
            throw fault("an escape that JSON does not know")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw fault("four hexadecimal digits should be here") }
        var code: UInt32 = 0
        for offset in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position + offset])).hexDigitValue else {
                throw fault("four hexadecimal digits should be here")
            }
            code = code << 4 + UInt32(digit)
        }
        position += 4
        return code
    }

    // MARK: bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private mutating func skipDigits() {
        while let byte = peek, isDigit(byte) { position += 1 }
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    func fault(_ message: String) -> JSONError {
        var line = 1
        var column = 1
        for byte in bytes[..<min(position, bytes.count)] {
            if byte == 0x0A {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        return JSONError(message: message, line: line, column: column)
    }
}
