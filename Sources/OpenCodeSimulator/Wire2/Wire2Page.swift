import JSON

/// One page of a list, with the cursors to its neighbours.
struct Wire2Page {
    let items: [JSONValue]
    let previous: String?
    let next: String?

    var answer: Answer {
        .json(["data": .array(items), "cursor": ["previous": JSONValue(previous), "next": JSONValue(next)]])
    }

    /// - Parameter ascending: The whole list, oldest first; each item has an `id`.
    /// - Throws: ``Wire2Failure`` for a cursor that is none, or that comes with an order.
    init(
        of ascending: [JSONValue], _ call: Wire2Call, defaultOrder: String, limits: ClosedRange<Int>,
        _ faults: SimulatorFaults
    ) throws(Wire2Failure) {
        let size = min(try call.number("limit", in: limits) ?? 50, faults.pageSize ?? .max)
        let order = call.request.query["order"]
        if let order, order != "asc" && order != "desc" { throw .invalid("order must be asc or desc", field: "order") }
        var cursor: Cursor?
        if let text = call.request.query["cursor"] {
            if order != nil { throw .invalidCursor }
            guard let found = Cursor(text) else { throw .invalidCursor }
            cursor = found
        }
        let isDescending = (cursor?.order ?? order ?? defaultOrder) == "desc"
        let list = isDescending ? Array(ascending.reversed()) : ascending
        var range = 0..<min(size, list.count)
        if let cursor {
            guard let place = list.firstIndex(where: { $0["id"]?.string == cursor.id }) else { throw .invalidCursor }
            range =
                cursor.isForward
                ? (place + 1)..<max(place + 1, min(list.count, place + 1 + min(size, list.count)))
                : max(0, place - min(size, list.count))..<place
        }
        items = Array(list[range])
        let name = isDescending ? "desc" : "asc"
        let isLast = range.upperBound == list.count && !faults.emptyLastPage
        next = isLast ? nil : items.last.flatMap { Cursor(order: name, isForward: true, id: $0["id"]?.string)?.text }
        previous =
            range.lowerBound == 0
            ? nil : items.first.flatMap { Cursor(order: name, isForward: false, id: $0["id"]?.string)?.text }
    }
}

/// Opaque to clients: written in a way that nobody takes for an id.
private struct Cursor {
    let order: String
    let isForward: Bool
    let id: String

    init?(order: String, isForward: Bool, id: String?) {
        guard let id else { return nil }
        (self.order, self.isForward, self.id) = (order, isForward, id)
    }

    init?(_ text: String) {
        var bytes: [UInt8] = []
        var digits = Array(text)[...]
        while digits.count >= 2 {
            guard let byte = UInt8(String(digits.prefix(2)), radix: 16) else { return nil }
            bytes.append(byte)
            digits = digits.dropFirst(2)
        }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ").map(String.init)
        guard digits.isEmpty, parts.count == 3, ["asc", "desc"].contains(parts[0]),
            ["next", "previous"].contains(parts[1])
        else { return nil }
        (order, isForward, id) = (parts[0], parts[1] == "next", parts[2])
    }

    var text: String {
        "\(order) \(isForward ? "next" : "previous") \(id)".utf8.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
