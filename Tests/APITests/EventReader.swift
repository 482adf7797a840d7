import JSON

/// The client's side of an event stream.
final class EventReader {
    struct Event: Equatable {
        var name: String
        var id: Int?
        var data: JSONValue
    }

    let head: HTTPAnswer
    private let connection: HTTPConnection
    private var text: [UInt8] = []

    init(_ api: RunningAPI, _ path: String = "/api/events", headers: [(String, String)] = []) async throws {
        connection = try await HTTPConnection(port: api.port)
        try await connection.send("GET", path, headers: headers)
        head = try await connection.head()
    }

    /// The next event; nil when the stream has ended.
    func next() async throws -> Event? {
        while true {
            if let event = try takeEvent() { return event }
            guard let chunk = try await connection.chunk() else { return nil }
            text += chunk
        }
    }

    /// The next event of that name.
    func next(_ name: String) async throws -> Event? {
        while let event = try await next() {
            if event.name == name { return event }
        }
        return nil
    }

    private func takeEvent() throws -> Event? {
        let newline = UInt8(ascii: "\n")
        guard
            let end = text.indices.first(where: {
                text[$0] == newline && $0 + 1 < text.count && text[$0 + 1] == newline
            })
        else { return nil }
        let lines = text[..<end].split(separator: newline).map { String(decoding: $0, as: UTF8.self) }
        text.removeFirst(end + 2)
        var event = Event(name: "message", id: nil, data: .null)
        for line in lines {
            if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
            if line.hasPrefix("id: ") { event.id = Int(line.dropFirst(4)) }
            if line.hasPrefix("data: ") { event.data = try JSONValue(parsing: String(line.dropFirst(6))) }
        }
        return event
    }
}
