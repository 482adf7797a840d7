import Hummingbird
import JSON
import NIOCore

/// `/api/openapi.json`: all routes that were added before it, and itself.
struct DescriptionRoute: Sendable {
    let version: String
    /// Whether callers have to show a token.
    let needsToken: Bool

    func add(to table: inout RouteTable) {
        let path = "/api/openapi.json"
        let own = DescribedRoute(method: .get, path: path, scope: .read, operation: .description)
        let document = OpenAPIDocument(routes: table.routes + [own], version: version, needsToken: needsToken)
        let body = ByteBuffer(string: document.json.compact + "\n")
        table.on(.get, path, own.operation) { _, _ in
            Response(status: .ok, headers: .json, body: ResponseBody(byteBuffer: body))
        }
    }
}
