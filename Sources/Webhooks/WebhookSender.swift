package import Curl
package import Spool

/// Sends one delivery once.
package struct WebhookSender: Sendable {
    package let curl: CurlClient

    package init(curl: CurlClient) { self.curl = curl }

    /// Posts it, signed at this moment, and gives back whatever came of it.
    package func send(
        _ delivery: OutboxDelivery, to endpoint: WebhookEndpoint, at time: Timestamp = .now()
    ) async -> Result<CurlResponse, CurlError> {
        do throws(CurlError) {
            return .success(try await curl.send(Self.request(delivery, to: endpoint, at: time)))
        } catch {
            return .failure(error)
        }
    }

    /// Headers of the endpoint go before ours where both have one of that name, as in OpenLoom: but not before what
    /// proves who sent it.
    static func request(_ delivery: OutboxDelivery, to endpoint: WebhookEndpoint, at time: Timestamp) -> CurlRequest {
        let body = delivery.body.bytes
        var headers: [(name: String, value: String)] = []
        func set(_ more: [(name: String, value: String)]) {
            let names = Set(more.map { $0.name.lowercased() })
            headers.removeAll { names.contains($0.name.lowercased()) }
            headers += more
        }
        set([("Content-Type", delivery.body.contentType), ("X-OpenLoom-Event", delivery.name.kind.rawValue)])
        set(delivery.headers)
        set(endpoint.headers)
        set(
            WebhookSignature.headers(
                id: delivery.id, timestamp: time.milliseconds / 1000, body: body, secrets: endpoint.secrets))
        var request = CurlRequest(
            method: "POST", url: endpoint.url, headers: headers, body: body, connectTimeout: endpoint.timeout,
            timeout: endpoint.timeout, maximumBody: DeliveryAttempt.keptAnswer)
        request.truncatesBody = true
        request.addressRule = endpoint.addressRule
        return request
    }
}
