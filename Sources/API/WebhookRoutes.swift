import Blocking
import HTTPTypes
import Hummingbird
import HummingbirdCore
import JSON
import Spool
import SystemPackage

/// `/api/webhooks/outbox`: what is to be sent, was sent, and could not be; and to have it sent again. Each is a function
/// of the spool that the command line calls too.
struct WebhookRoutes: Sendable {
    let spool: SpoolDirectory
    let observer: TaskObserver
    /// As ``APIConfiguration/testWebhook``.
    let test: @Sendable (EndpointName) async -> JSONValue?

    /// How many deliveries of a state an answer lists: as many as its parameter `limit` says, up to this.
    static let mostListed = 1000

    func add(to table: inout RouteTable) {
        table.on(.get, "/api/webhooks/outbox", .listEndpoints) { _, _ in
            let all = try await blocking { spool throws(SpoolError) in
                var all: [JSONValue] = []
                for name in try spool.endpoints() { all.append(try spool.endpointStatus(name).json) }
                return all
            }
            return Response(json: ["endpoints": .array(all)])
        }
        table.on(.get, "/api/webhooks/outbox/{endpoint}", .showEndpoint, list)
        table.on(.get, "/api/webhooks/outbox/{endpoint}/{number}", .showDelivery) { _, context in
            let (endpoint, number) = (try context.endpointText, try context.deliveryNumber)
            let document = try await blocking { spool throws(SpoolError) in
                try spool.deliveryDocument(number, of: try spool.endpoint(exactly: endpoint))
            }
            return Response(json: .object(document))
        }
        table.on(.post, "/api/webhooks/outbox/{endpoint}/retry", .retryDeliveries) { _, context in
            let endpoint = try context.endpointText
            let count = try await blocking { spool throws(SpoolError) in
                try spool.retryFailedDeliveries(of: try spool.endpoint(exactly: endpoint))
            }
            await observer.touch(.whole)
            return Response(json: ["ok": true, "retried": .int(count)])
        }
        table.on(.post, "/api/webhooks/outbox/{endpoint}/test", .testEndpoint) { _, context in
            let text = try context.endpointText
            guard let name = EndpointName(text), let answer = await test(name) else {
                throw Problem(.notFound, "No endpoint of the configuration is called \"\(text.prefix(80))\".")
            }
            return Response(json: answer)
        }
        table.on(.post, "/api/webhooks/outbox/{endpoint}/{number}/retry", .retryDelivery) { _, context in
            let (endpoint, number) = (try context.endpointText, try context.deliveryNumber)
            try await blocking { spool throws(SpoolError) in
                let endpoint = try spool.endpoint(exactly: endpoint)
                try spool.retryDelivery(try spool.delivery(number, of: endpoint).name, of: endpoint)
            }
            await observer.touch(.whole)
            return Response(json: ["ok": true, "retried": 1])
        }
    }

    @Sendable private func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let endpoint = try context.endpointText
        var states = DeliveryState.allCases
        if let text = request.uri.queryParameters["state"] {
            guard let state = DeliveryState(rawValue: String(text)) else {
                throw Self.invalid("state", "should be new, done or failed")
            }
            states = [state]
        }
        var limit = 50
        if let text = request.uri.queryParameters["limit"] {
            guard let number = Int(text), (1...Self.mostListed).contains(number) else {
                throw Self.invalid("limit", "should be a number from 1 to \(Self.mostListed)")
            }
            limit = number
        }
        var isNewestFirst = false
        if let text = request.uri.queryParameters["order"] {
            guard ["oldest", "newest"].contains(text) else { throw Self.invalid("order", "should be oldest or newest") }
            isNewestFirst = text == "newest"
        }
        let (wanted, most, newest) = (states, limit, isNewestFirst)
        let document = try await blocking { spool throws(SpoolError) in
            let endpoint = try spool.endpoint(exactly: endpoint)
            var deliveries: [JSONValue] = []
            for state in wanted {
                let names =
                    newest
                    ? try spool.lastDeliveries(of: endpoint, in: state, limit: most)
                    : try spool.firstDeliveries(of: endpoint, in: state, limit: most).names
                for name in names {
                    deliveries.append(.object(try spool.deliverySummary(name, of: endpoint, in: state)))
                }
            }
            var document = try spool.endpointStatus(endpoint).json.object ?? [:]
            document["deliveries"] = .array(deliveries)
            return document
        }
        return Response(json: .object(document))
    }

    private static func invalid(_ parameter: String, _ message: String) -> Problem {
        Problem(
            .invalidQuery, "\(parameter) \(message)", items: [Problem.Item(message: message, parameter: parameter)])
    }

    private func blocking<Value: Sendable>(
        _ body: @escaping @Sendable (SpoolDirectory) throws(SpoolError) -> Value
    ) async throws -> Value {
        let spool = spool
        return try await BlockingPool.run { () throws(SpoolError) in try body(spool) }
    }
}

extension APIRequestContext {
    fileprivate var endpointText: String { get throws { try parameters.require("endpoint") } }

    /// The number of the delivery that the path names.
    fileprivate var deliveryNumber: Int {
        get throws {
            let text = try parameters.require("number")
            guard let number = Int(text), number > 0 else {
                throw Problem(.notFound, "a delivery is named by the number of its event")
            }
            return number
        }
    }
}

extension SpoolDirectory {
    /// An endpoint by its whole name: a path is no place for abbreviations.
    fileprivate func endpoint(exactly text: String) throws(SpoolError) -> EndpointName {
        let name = try endpoint(named: text)
        guard name.rawValue == text else {
            throw SpoolError(.deliveryNotFound, "find", paths.outbox.appending(name.rawValue))
        }
        return name
    }
}
