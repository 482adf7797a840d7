/// Takes a `text/event-stream` apart as its bytes arrive, by the rules of the HTML standard.
///
/// Chunks may end anywhere, also inside a character or a line end. Every byte is looked at once.
package struct ServerSentEventParser: Sendable {
    /// The most bytes that are kept for one event, its unfinished line included.
    package let maximumFrame: Int

    /// How many comments came, which servers send as a heartbeat.
    package private(set) var comments = 0

    /// The pause before connecting again that the server asked for last.
    package private(set) var retry: Duration?

    /// What ``ServerSentEvent/id`` was last; to be sent as `Last-Event-ID`.
    package private(set) var lastID: String?

    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var event = ""
    private var endedInCarriageReturn = false
    private var isAtStart = true
    private var isBroken = false

    package init(maximumFrame: Int = 16 << 20) {
        self.maximumFrame = maximumFrame
    }

    /// Takes the next bytes.
    ///
    /// - Returns: The events that became complete. One that the stream's end cuts off is never returned.
    /// - Throws: ``ServerSentEventError/frameTooLarge``, now and from now on. Events before it in the same bytes are
    ///   lost with it.
    package mutating func feed(_ bytes: [UInt8]) throws(ServerSentEventError) -> [ServerSentEvent] {
        if isBroken { throw .frameTooLarge }
        var events: [ServerSentEvent] = []
        do throws(ServerSentEventError) {
            var start = bytes.startIndex
            if endedInCarriageReturn, let first = bytes.first {
                endedInCarriageReturn = false
                if first == UInt8(ascii: "\n") { start += 1 }
            }
            while let end = lineEnd(in: bytes, from: start) {
                if line.isEmpty {
                    try take(bytes[start..<end], into: &events)
                } else {
                    try keep(bytes[start..<end])
                    let whole = line
                    line = []
                    try take(whole[...], into: &events)
                }
                start = end + 1
                if bytes[end] == UInt8(ascii: "\r") {
                    if start == bytes.endIndex {
                        endedInCarriageReturn = true
                    } else if bytes[start] == UInt8(ascii: "\n") {
                        start += 1
                    }
                }
            }
            try keep(bytes[start...])
        } catch {
            isBroken = true
            (line, data) = ([], [])
            throw error
        }
        return events
    }

    private func lineEnd(in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            var index = start
            while index < bytes.count {
                let byte = bytes[index]
                if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return index }
                index += 1
            }
            return nil
        }
    }

    /// Adds to a line whose end has not come.
    private mutating func keep(_ part: ArraySlice<UInt8>) throws(ServerSentEventError) {
        try reserve(line.count, part.count)
        line += part
    }

    private func reserve(_ held: Int, _ more: Int) throws(ServerSentEventError) {
        guard more <= maximumFrame - data.count - event.utf8.count - held else { throw .frameTooLarge }
    }

    /// Takes a whole line, without its end.
    private mutating func take(_ line: ArraySlice<UInt8>, into events: inout [ServerSentEvent])
        throws(ServerSentEventError)
    {
        var line = line
        if isAtStart {
            isAtStart = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        }
        if line.isEmpty { return dispatch(into: &events) }
        try reserve(0, line.count)
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        let name = line[..<(colon ?? line.endIndex)]
        var value = colon.map { line[($0 + 1)...] } ?? []
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        if name.isEmpty {
            comments &+= 1
        } else if name.elementsEqual("data".utf8) {
            if hasData { data.append(UInt8(ascii: "\n")) }
            data += value
            hasData = true
        } else if name.elementsEqual("event".utf8) {
            event = String(decoding: value, as: UTF8.self)
        } else if name.elementsEqual("id".utf8) {
            if !value.contains(0) { lastID = value.isEmpty ? nil : String(decoding: value, as: UTF8.self) }
        } else if name.elementsEqual("retry".utf8) {
            let isNumber = value.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            if isNumber, let milliseconds = Int32(String(decoding: value, as: UTF8.self)) {
                retry = .milliseconds(milliseconds)
            }
        }
    }

    private mutating func dispatch(into events: inout [ServerSentEvent]) {
        if hasData {
            let name = event.isEmpty ? "message" : event
            events.append(ServerSentEvent(event: name, data: String(decoding: data, as: UTF8.self), id: lastID))
        }
        data = []
        hasData = false
        event = ""
    }
}
