package import JSON

/// What is to be sent to an endpoint about one event: the content of a file in `outbox/ENDPOINT/new/`.
///
/// Written once, before anything is sent, so that every attempt sends the same bytes under the same id. It holds no
/// secret: signatures and the endpoint's own headers are made anew for each attempt.
package struct OutboxDelivery: Sendable, Equatable {
    package var name: DeliveryName
    /// `webhook-id`: the same for every attempt, and for a replay.
    package var id: String
    package var created: Timestamp
    /// Of the request, beside those that every webhook has.
    package var headers: [(name: String, value: String)]
    package var body: Body

    package enum Body: Sendable, Equatable {
        case json(JSONValue)
        case text(String)

        package var bytes: [UInt8] {
            switch self {
            case .json(let value): Array(value.compact.utf8)
            case .text(let text): Array(text.utf8)
            }
        }

        package var contentType: String {
            switch self {
            case .json: "application/json"
            case .text: "text/plain; charset=utf-8"
            }
        }
    }

    package init(
        name: DeliveryName, id: String, created: Timestamp, headers: [(name: String, value: String)] = [], body: Body
    ) {
        self.name = name
        self.id = id
        self.created = created
        self.headers = headers
        self.body = body
    }

    package var json: JSONValue {
        var object: JSONObject = ["webhook_id": .string(id), "created": .string(created.iso8601)]
        if !headers.isEmpty {
            object["headers"] = .object(headers.reduce(into: JSONObject()) { $0[$1.name] = .string($1.value) })
        }
        switch body {
        case .json(let value): object["body"] = value
        case .text(let text): object["text"] = .string(text)
        }
        return .object(object)
    }

    /// Nil where a field that must be there is missing or of another kind.
    package init?(name: DeliveryName, json: JSONValue) {
        guard let id = json["webhook_id"]?.string, !id.isEmpty,
            let created = json["created"]?.string.flatMap(Timestamp.init(iso8601:))
        else { return nil }
        let body: Body
        switch (json["body"], json["text"]?.string) {
        case (let value?, nil): body = .json(value)
        case (nil, let text?): body = .text(text)
        default: return nil
        }
        let headers = (json["headers"]?.object ?? [:]).compactMap { name, value in
            value.string.map { (name: name, value: $0) }
        }
        self.init(name: name, id: id, created: created, headers: headers, body: body)
    }

    package static func == (left: OutboxDelivery, right: OutboxDelivery) -> Bool {
        left.name == right.name && left.json == right.json
    }
}
