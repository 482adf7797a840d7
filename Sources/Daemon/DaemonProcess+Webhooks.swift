import Curl
package import DaemonConfiguration
import JSON
import Spool
package import WebhookSources
package import Webhooks

extension DaemonProcess {
    /// Sends an endpoint of the configuration one webhook, and says what it answers.
    func testWebhook(_ curl: CurlClient) -> @Sendable (EndpointName) async -> JSONValue? {
        { [endpoints = configuration.webhookEndpoints] name in
            guard let endpoint = endpoints.first(where: { $0.name == name }) else { return nil }
            return .object(await WebhookTest(endpoint).send(curl))
        }
    }
}

/// What the service for webhooks is told of the configuration.
extension Configuration {
    /// Every endpoint of the configuration, under the name of its directory in the outbox.
    package var webhookEndpoints: [WebhookEndpoint] {
        webhooks.endpoints.compactMap { configured in
            // The URL was checked when it was read.
            guard let name = configured.name ?? EndpointName.derived(from: configured.url) else { return nil }
            var endpoint = WebhookEndpoint(name: name, url: configured.url, events: configured.kinds)
            endpoint.format = configured.format
            endpoint.secrets = configured.secrets.map(\.revealed)
            endpoint.headers = configured.headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
            endpoint.timeout = configured.timeout
            endpoint.maxRetries = configured.maxRetries
            endpoint.allowsPrivate = configured.allowsPrivate
            return endpoint
        }
    }

    /// Who may have tasks made by webhooks; each was checked when it was read.
    package var incomingSources: [WebhookSource] {
        let configured = sources.compactMap { try? $0.source() }
        return (configured.contains { $0.name == WebhookSource.generic.name } ? [] : [.generic]) + configured
    }

    package var deliverySettings: DeliverySettings {
        var settings = DeliverySettings()
        settings.backoff = DeliveryBackoff(schedule: webhooks.retrySchedule)
        settings.recentMessages = webhooks.recentMessages
        settings.retention = SpoolDirectory.DeliveryRetention(
            age: Double(webhooks.keepDays) * 86_400, count: webhooks.keepCount)
        return settings
    }
}
