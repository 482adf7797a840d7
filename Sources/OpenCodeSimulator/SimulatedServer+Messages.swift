import JSON

extension SimulatedServer {
    /// In the order in which this version lists them.
    func messages(of session: StoredSession) -> [StoredMessage] {
        version.ordersMessagesByID
            ? session.messages.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) } : session.messages
    }

    /// One page of a session's messages, oldest first, and the cursor for the page before it.
    func page(
        of session: StoredSession, limit: Int?, before cursor: String?
    ) -> (messages: [StoredMessage], next: String?)? {
        let all = messages(of: session)
        var end = all.count
        if let cursor {
            guard let place = all.firstIndex(where: { Self.cursor($0) == cursor }) else { return nil }
            end = place
        }
        let size = min(limit ?? all.count, faults.pageSize ?? all.count)
        if size >= end { return (Array(all[..<end]), nil) }
        let page = Array(all[(end - size)..<end])
        return (page, page.first.map(Self.cursor))
    }

    /// Opaque to clients: the id, written in a way that nobody takes for one.
    private static func cursor(_ message: StoredMessage) -> String {
        message.id.utf8.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    func keep(_ info: JSONObject, in session: String, _ directory: String) {
        sessions.keep(message: info, in: session)
        publish("message.updated", ["info": .object(info)], in: directory, duplicated: session)
    }

    func keep(part: JSONObject, of message: String, in session: String, _ directory: String) {
        sessions.keep(part: .object(part), of: message, in: session)
        publish("message.part.updated", ["part": .object(part)], in: directory, duplicated: session)
    }
}
