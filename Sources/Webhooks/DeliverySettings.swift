package import Spool

/// What holds for all endpoints.
package struct DeliverySettings: Sendable {
    /// How many deliveries of an endpoint are held in memory, by name; the rest waits in the outbox.
    package var windowCapacity = 4096
    package var backoff = DeliveryBackoff()
    /// Of deliveries in `done/` and `failed/`, each.
    package var retention = SpoolDirectory.DeliveryRetention(age: 30 * 86_400, count: 10_000)
    /// How many messages of the agent a body holds.
    package var recentMessages = 3
    /// How long a stop of the daemon waits for what can be delivered at once.
    package var drain = Duration.seconds(5)

    package init() {}
}
