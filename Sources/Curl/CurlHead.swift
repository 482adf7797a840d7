/// Status and headers of a response, put together from the lines that libcurl hands over one by one.
struct CurlHead: Sendable {
    private(set) var status = 0
    private(set) var headers = CurlHeaders()
    /// Whether the blank line after the final head has come. What follows are trailers, which nobody asked for.
    private(set) var isComplete = false
    private var size = 0

    /// Takes the next line, with or without its line end.
    ///
    /// - Returns: Whether the head became complete with this line.
    /// - Throws: ``CurlError/Code/headersTooLarge``.
    mutating func feed(_ line: UnsafeRawBufferPointer) throws(CurlError) -> Bool {
        size += line.count
        guard size <= CurlHeaders.maximumSize else {
            throw CurlError(
                .headersTooLarge,
                "the head of the response is larger than \(CurlHeaders.maximumSize) bytes",
                wasPossiblySent: true
            )
        }
        if isComplete { return false }
        let text = trimmed(line[...])
        if text.isEmpty {
            // A 1xx is followed by the real response.
            isComplete = status >= 200
            return isComplete
        }
        if text.starts(with: "HTTP/".utf8) {
            headers = CurlHeaders()
            let word = text.split(separator: UInt8(ascii: " "), maxSplits: 2).dropFirst().first
            status = word.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
        } else if line.first == 0x20 || line.first == 0x09 {
            headers.fold(String(decoding: text, as: UTF8.self))
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            guard headers.fields.count < CurlHeaders.maximumCount else {
                throw CurlError(
                    .headersTooLarge,
                    "the response has more than \(CurlHeaders.maximumCount) header fields",
                    wasPossiblySent: true
                )
            }
            let name = trimmed(text[..<colon])
            let value = trimmed(text[(colon + 1)...])
            headers.append(name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
        }
        return false
    }

    private func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return bytes.prefix(0) }
        return bytes[first...last]
    }
}
