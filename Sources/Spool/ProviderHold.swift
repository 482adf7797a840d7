package import JSON

/// `providers/NAME.json`: a provider of models that has answered that its limit is reached, and until when its tasks are
/// held.
package struct ProviderHold: Sendable, Hashable {
    /// As in `PROVIDER/MODEL`; `default` where nobody knows which one it is.
    package var provider: String
    /// Whether tasks are held as well that do not say which model is to work.
    package var holdsUnnamed: Bool
    /// When it may be asked again.
    package var until: Timestamp
    package var since: Timestamp
    /// What it said.
    package var reason: String
    /// How often in a row it has said so.
    package var count: Int
    /// The one task that was started to find out whether it answers again.
    package var probe: TaskID?

    package static let unknown = "default"

    package init(
        provider: String, holdsUnnamed: Bool, until: Timestamp, since: Timestamp, reason: String, count: Int = 1,
        probe: TaskID? = nil
    ) {
        self.provider = provider
        self.holdsUnnamed = holdsUnnamed
        self.until = until
        self.since = since
        self.reason = reason
        self.count = count
        self.probe = probe
    }

    /// Whether a task is held whose model is of that provider.
    ///
    /// - Parameter provider: Nil for one that names no model.
    package func holds(_ provider: String?) -> Bool { provider.map { $0 == self.provider } ?? holdsUnnamed }

    package var json: JSONValue {
        [
            "provider": .string(provider), "unnamed": .bool(holdsUnnamed), "until": .string(until.iso8601),
            "since": .string(since.iso8601), "reason": .string(reason), "count": .int(count),
            "probe": JSONValue(probe?.rawValue),
        ]
    }

    /// Nil for what ``json`` would not give.
    package init?(json: JSONValue) {
        guard let provider = json["provider"]?.string, let unnamed = json["unnamed"]?.bool,
            let until = json["until"]?.string.flatMap(Timestamp.init(iso8601:)),
            let since = json["since"]?.string.flatMap(Timestamp.init(iso8601:)), let count = json["count"]?.int
        else { return nil }
        self.init(
            provider: provider, holdsUnnamed: unnamed, until: until, since: since,
            reason: json["reason"]?.string ?? "", count: max(1, count),
            probe: json["probe"]?.string.flatMap { TaskID($0) })
    }
}

extension TaskSpec {
    /// The provider of the model that the task asks for; nil if it names none.
    package var provider: String? { model.flatMap(Self.provider(of:)) }

    /// The first part of `PROVIDER/MODEL`.
    package static func provider(of model: String) -> String? {
        let parts = model.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty ? String(parts[0]) : nil
    }
}
