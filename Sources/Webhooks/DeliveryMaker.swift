import JSON
import Spool

/// Makes the deliveries of one event. Blocks in the kernel.
struct DeliveryMaker: Sendable {
    let spool: SpoolDirectory
    let node: String
    /// Those of the configuration.
    let endpoints: [WebhookEndpoint]
    let recentMessages: Int

    /// Makes those deliveries of an event that are not there yet.
    ///
    /// - Returns: All endpoints that hear of it.
    func make(_ event: TaskEvent) throws(SpoolError) -> [WebhookEndpoint] {
        guard event.kind != .deleted else { return [] }
        let task = try snapshot(event.id)
        let targets = targets(of: event, task)
        guard !targets.isEmpty else { return [] }
        let activity = task.flatMap { task in
            (try? spool.readJSON(spool.paths.task(event.id, in: task.state).activity, limit: 1 << 20)) ?? nil
        }
        let body = EventBody(event: event, task: task, activity: activity, recentMessages: recentMessages)
        var hearing: [WebhookEndpoint] = []
        for endpoint in targets {
            // One that was disabled wants nothing to be kept for it.
            if try spool.disablement(of: endpoint.name) != nil { continue }
            if endpoint.isFromTask { try spool.makeEndpoint(endpoint.name, about: endpoint.about) }
            let message = WebhookMessage.make(body, format: endpoint.format)
            let delivery = OutboxDelivery(
                name: DeliveryName(event), id: id(of: event), created: .now(), headers: message.headers,
                body: message.body)
            _ = try spool.createDelivery(delivery, for: endpoint.name)
            hearing.append(endpoint)
        }
        return hearing
    }

    /// `msg_` and a digest of the event: the same whenever and for whomever it is made.
    func id(of event: TaskEvent) -> String {
        let text = "\(node) \(event.number) \(event.time.iso8601) \(event.kind.rawValue) \(event.id)"
        return "msg_" + ContentHash.text(Array(text.utf8)).prefix(24)
    }

    /// Nil for a task that is gone.
    private func snapshot(_ id: TaskID) throws(SpoolError) -> TaskSnapshot? {
        do {
            return try spool.snapshot(id)
        } catch  where error.code == .taskNotFound {
            return nil
        }
    }

    /// Who hears of it: endpoints of the configuration, and those that the task names.
    private func targets(of event: TaskEvent, _ task: TaskSnapshot?) -> [WebhookEndpoint] {
        var targets = endpoints.filter { $0.events.contains(event.kind) }
        for notification in task?.spec?.notify ?? [] {
            let known = endpoints.first { $0.url == notification.url }
            guard notification.events.isEmpty || notification.events.contains(event.kind),
                let endpoint = known ?? WebhookEndpoint(notification),
                !targets.contains(where: { $0.name == endpoint.name })
            else { continue }
            targets.append(endpoint)
        }
        return targets
    }
}

extension WebhookEndpoint {
    /// An endpoint that a task names: without secrets, and never in a private network, as anybody may write a task. Nil
    /// if the URL can't be one.
    init?(_ notification: TaskNotification) {
        guard let name = EndpointName.derived(from: notification.url, prefix: OutboxFeed.taskPrefix) else { return nil }
        self.init(name: name, url: notification.url)
        format = notification.format
        isFromTask = true
    }

    /// `endpoint.json`: for people; for an endpoint that a task names, also for the next daemon, as the task may be gone
    /// by then. A URL of the configuration is shown without its path, which may be a secret.
    var about: JSONValue {
        let origin = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3)
        return [
            "origin": isFromTask ? "task" : "configuration",
            "url": .string(isFromTask ? url : origin.joined(separator: "/") + "/…"),
            "format": .string(format.rawValue),
            "signed": .bool(!secrets.isEmpty),
        ]
    }

    /// Reads an `endpoint.json` of a task's endpoint; nil for any other.
    init?(name: EndpointName, about: JSONValue) {
        guard about["origin"]?.string == "task", let url = about["url"]?.string,
            let format = about["format"]?.string.flatMap(WebhookFormat.init(rawValue:)),
            EndpointName.derived(from: url, prefix: OutboxFeed.taskPrefix) == name
        else { return nil }
        self.init(name: name, url: url)
        self.format = format
        isFromTask = true
    }
}
