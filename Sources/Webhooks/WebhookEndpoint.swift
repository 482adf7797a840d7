package import Curl
package import Spool

/// Where webhooks go, and how.
package struct WebhookEndpoint: Sendable {
    package var name: EndpointName
    /// `http` or `https`. May hold a secret in its path.
    package var url: String
    /// What it hears of.
    package var events: Set<TaskEvent.Kind>
    package var format = WebhookFormat.openloom
    /// The first one is the current one; others sign as well while a secret is changed.
    package var secrets: [String] = []
    package var headers: [(name: String, value: String)] = []
    /// For connecting, and for the whole exchange.
    package var timeout = Duration.seconds(3)
    /// How often a delivery is tried again. 0 means that it is tried once.
    package var maxRetries = Self.standardRetries
    /// Whether addresses of a private network will do.
    package var allowsPrivate = false
    /// Whether a task named it, not the configuration.
    package var isFromTask = false

    /// As many as ``DeliveryBackoff/standardSchedule`` is long: for three days.
    package static let standardRetries = 9

    package static let allEvents: Set<TaskEvent.Kind> = [.created, .started, .updated, .completed, .failed]

    package init(name: EndpointName, url: String, events: Set<TaskEvent.Kind> = Self.allEvents) {
        self.name = name
        self.url = url
        self.events = events
    }

    /// This machine is reached only by a URL that says so.
    package var addressRule: AddressRule {
        let isLoopback = (try? HTTPAddress(url: url))?.isLoopback ?? false
        return AddressRule(allowsLoopback: isLoopback, allowsPrivate: allowsPrivate)
    }
}

extension EndpointName {
    /// A name for an endpoint that nobody named: its host, and eight digits that depend on the whole URL, which must not
    /// be shown, as it may hold a secret. Stays the same for as long as the URL does.
    package static func derived(from url: String, prefix: String = "") -> EndpointName? {
        guard let address = try? HTTPAddress(url: url) else { return nil }
        let host = address.host.unicodeScalars.filter { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "." || scalar == "-")
        }
        let digest = ContentHash.text(Array(url.utf8)).prefix(8)
        let shown = String(String.UnicodeScalarView(host)).drop { $0 == "." || $0 == "-" }.prefix(40)
        return EndpointName("\(prefix)\(shown.isEmpty ? "host" : shown)-\(digest)")
    }
}
