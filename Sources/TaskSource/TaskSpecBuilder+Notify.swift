import Curl
import JSON
import Spool

/// `notify`: a URL, or a list of URLs and of mappings with `url`, `events` and `format`.
extension TaskSpecBuilder {
    private static let expected = "a URL, or a list of URLs or of mappings with url, events and format"
    private static let longestURL = 2000

    mutating func notify() -> [TaskNotification] {
        guard let field = fields[.notify] else { return [] }
        let entries = field.value.array ?? [field.value]
        guard entries.count <= Self.mostNotifications else {
            report(field, "names \(entries.count) endpoints; at most \(Self.mostNotifications) are taken")
            return []
        }
        return entries.compactMap { notification($0, field) }
    }

    private mutating func notification(_ entry: JSONValue, _ field: TaskField) -> TaskNotification? {
        if let text = entry.string { return url(text, field).map { TaskNotification(url: $0) } }
        guard let object = entry.object else {
            report(field, "should be \(Self.expected), but is \(Quoting.value(entry))")
            return nil
        }
        for (name, _) in object where !["url", "events", "format"].contains(name) {
            let advice =
                ["secret", "signing_secret", "headers"].contains(name)
                ? "a task holds no secrets: configure the endpoint under notify.webhook, and name its url here"
                : "known are url, events, format"
            report(field, "unknown key \(Quoting.text(name)); \(advice)")
        }
        guard let text = object["url"]?.string else {
            report(field, "an entry has no url")
            return nil
        }
        guard let url = url(text, field) else { return nil }
        var notification = TaskNotification(url: url)
        for value in object["events"].map({ $0.array ?? [$0] }) ?? [] {
            if value == "*" { continue }
            guard let kind = value.string.flatMap(TaskEvent.Kind.init(rawValue:)),
                TaskNotification.kinds.contains(kind)
            else {
                let known = TaskNotification.kinds.map(\.rawValue).joined(separator: ", ")
                report(field, "events should be * or some of \(known), but one is \(Quoting.value(value))")
                continue
            }
            notification.events.append(kind)
        }
        if let value = object["format"] {
            guard let format = value.string.flatMap(WebhookFormat.init(rawValue:)) else {
                let known = WebhookFormat.allCases.map(\.rawValue).joined(separator: ", ")
                report(field, "format should be one of \(known), but is \(Quoting.value(value))")
                return nil
            }
            notification.format = format
        }
        return notification
    }

    private mutating func url(_ text: String, _ field: TaskField) -> String? {
        let text = Characters.trimmed(text)
        guard text.utf8.count <= Self.longestURL else {
            report(field, "a URL has \(text.utf8.count) characters; at most \(Self.longestURL) are taken")
            return nil
        }
        do throws(HTTPAddress.Fault) {
            _ = try HTTPAddress(url: text)
            return text
        } catch {
            // A password in it is not to be repeated in a message.
            report(field, "the url \(error.message)")
            return nil
        }
    }
}
