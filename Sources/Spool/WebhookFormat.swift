/// What a webhook's body is made for.
package enum WebhookFormat: String, Sendable, Hashable, CaseIterable {
    /// Our own JSON, which receivers written for OpenLoom read as well.
    case openloom
    /// An incoming webhook of Slack, and of what imitates it.
    case slack
    /// A channel's webhook of Discord.
    case discord
    /// A topic of ntfy.
    case ntfy
}
