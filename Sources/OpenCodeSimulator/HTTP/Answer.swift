import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// What a route answers.
struct Answer: Sendable {
    enum Body: Sendable {
        case empty
        case json(JSONValue)
        case text(String, type: String)
    }

    /// How the answer comes, if it does.
    enum Delivery: Sendable {
        case prompt
        /// So many seconds later.
        case late(Double)
        /// Never: the caller waits until it gives up.
        case never
        /// The connection is closed instead.
        case dropped
    }

    var status: Int
    var delivery = Delivery.prompt
    var headers: [(name: String, value: String)] = []
    var body: Body

    static func json(_ value: JSONValue, status: Int = 200) -> Answer { Answer(status: status, body: .json(value)) }

    static let yes = Answer.json(true)
    static let noContent = Answer(status: 204, body: .empty)

    static func notFound(_ message: String) -> Answer {
        .json(["name": "NotFoundError", "data": ["message": .string(message)]], status: 404)
    }

    static func badRequest(_ message: String, data: JSONValue = .null) -> Answer {
        .json(["data": data, "errors": [["message": .string(message)]], "success": false], status: 400)
    }

    static func failure(_ status: Int, _ message: String) -> Answer {
        .json(["name": "UnknownError", "data": ["message": .string(message)]], status: status)
    }

    /// What OpenCode answers to every path that it does not know.
    static let webPage = Answer(
        status: 200,
        body: .text(
            "<!doctype html><html lang=\"en\"><head><title>OpenCode</title></head><body></body></html>\n",
            type: "text/html; charset=utf-8"))

    var response: Response {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let status = HTTPResponse.Status(code: status)
        switch body {
        case .empty: return Response(status: status, headers: fields)
        case .json(let value):
            fields[.contentType] = "application/json"
            return Response(
                status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(string: value.compact)))
        case .text(let text, let type):
            fields[.contentType] = type
            return Response(
                status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
    }
}
