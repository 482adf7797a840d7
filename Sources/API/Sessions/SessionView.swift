import JSON

/// Sessions as OpenLoom shows them.
struct SessionView {
    /// Neither archived nor started by another session, newest first.
    let visible: [GatewaySession]
    let archived: [GatewaySession]

    init(_ sessions: [GatewaySession], most: Int = .max) {
        let ordered = sessions.sorted { ($0.updated, $0.id) > ($1.updated, $1.id) }
        archived = Array(ordered.filter { $0.archived ?? 0 > 0 }.prefix(most))
        visible = Array(ordered.filter { $0.archived ?? 0 <= 0 && $0.parent == nil }.prefix(most))
    }

    /// By directory, that of the newest session first.
    var byDirectory: JSONValue {
        var groups: [(String, [JSONValue])] = []
        for session in visible {
            if let index = groups.firstIndex(where: { $0.0 == session.directory }) {
                groups[index].1.append(.object(session.json))
            } else {
                groups.append((session.directory, [.object(session.json)]))
            }
        }
        var object: JSONObject = [:]
        for (directory, sessions) in groups { object[directory] = .array(sessions) }
        return .object(object)
    }

    var status: JSONValue {
        var object: JSONObject = [:]
        for session in visible { object[session.id] = session.activity.map { .string($0.rawValue) } }
        return .object(object)
    }

    /// `archived_at` in seconds, as all other times that OpenLoom adds.
    var archivedList: JSONValue {
        .array(
            archived.map { session in
                [
                    "id": .string(session.id), "title": .string(session.title),
                    "directory": .string(session.directory),
                    "archived_at": .double(Double(session.archived ?? 0) / 1000),
                ]
            })
    }

    func count(_ activity: GatewaySession.Activity) -> Int { visible.count { $0.activity == activity } }
}
