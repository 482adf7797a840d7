package import JSON
package import Spool

/// How long a task has waited for people since its prompt was sent, as its log tells: what a run that adopts the task
/// must know, for that is no time of the agent's.
package struct WaitedTime: Sendable, Hashable {
    /// Milliseconds of the waits that are over.
    package private(set) var over = 0
    /// Since when it waits; nil if nothing is open.
    package private(set) var since: Timestamp?

    /// - Parameters:
    ///   - lines: Of `log.jsonl`, oldest first. What is no line of ours is passed over.
    ///   - start: When the prompt was sent; what came before belongs to an earlier attempt.
    package init(log lines: [JSONValue], after start: Timestamp) {
        var open: Set<String> = []
        for line in lines {
            guard let time = line["time"]?.string.flatMap(Timestamp.init(iso8601:)), time >= start,
                let ask = line["ask"]?.string
            else { continue }
            switch line["event"]?.string {
            case "ask":
                if open.isEmpty { since = time }
                open.insert(ask)
            case "answered", "ask closed":
                guard open.remove(ask) != nil, open.isEmpty, let begun = since else { continue }
                over += max(0, time.milliseconds - begun.milliseconds)
                since = nil
            default: continue
            }
        }
    }

    package init() {}
}
