package import Curl
package import JSON
import Spool

/// One webhook that tells of a task that does not exist: to see what an endpoint answers.
package struct WebhookTest: Sendable {
    package let endpoint: WebhookEndpoint

    package init(_ endpoint: WebhookEndpoint) { self.endpoint = endpoint }

    /// Sends it once, signed and in the endpoint's format; nothing is written to a spool.
    ///
    /// - Returns: `{ok, endpoint, status, latency_ms}` with `answer` or `error`; `ok` is whether it was taken.
    package func send(_ curl: CurlClient) async -> JSONObject {
        guard let task = TaskID("webhook-test") else { return [:] }
        var event = TaskEvent(number: 1, kind: .completed, id: task, name: "Webhook test", status: "completed")
        if !endpoint.events.contains(.completed), let kind = endpoint.events.first { event.kind = kind }
        let body = EventBody(event: event, task: nil, activity: nil, recentMessages: 0)
        let message = WebhookMessage.make(body, format: endpoint.format)
        let delivery = OutboxDelivery(
            name: DeliveryName(event), id: "msg_test_\(event.time.milliseconds)", created: event.time,
            headers: message.headers, body: message.body)
        let start = ContinuousClock.now
        let result = await WebhookSender(curl: curl).send(delivery, to: endpoint)
        let parts = (ContinuousClock.now - start).components
        var object: JSONObject = [
            "endpoint": .string(endpoint.name.rawValue),
            "latency_ms": .int(Int(parts.seconds) * 1000 + Int(parts.attoseconds / 1_000_000_000_000_000)),
        ]
        switch result {
        case .success(let response):
            object["status"] = .int(response.status)
            object["answer"] = .string(String(decoding: response.body, as: UTF8.self))
            object["ok"] = .bool((200..<300).contains(response.status))
        case .failure(let error):
            object["status"] = .null
            object["error"] = .string(error.message)
            object["ok"] = false
        }
        return object
    }
}
