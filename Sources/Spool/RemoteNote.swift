package import JSON

/// `remote.json`: which file of a connector's storage a task was made of. Written with the task, and never changed.
package struct RemoteNote: Sendable, Hashable {
    /// The connector, by its name in the configuration.
    package var connector: String
    package var path: String
    /// What told this content of the file from others.
    package var version: String

    package init(connector: String, path: String, version: String) {
        self.connector = connector
        self.path = path
        self.version = version
    }

    package init?(json: JSONValue) {
        guard let connector = json["connector"]?.string, let path = json["path"]?.string,
            let version = json["version"]?.string
        else { return nil }
        self.init(connector: connector, path: path, version: version)
    }

    package var json: JSONValue {
        ["connector": .string(connector), "path": .string(path), "version": .string(version)]
    }
}

/// A file in `connectors/NAME/taken/`: what became of a remote file.
package struct TakenNote: Sendable, Hashable {
    package var remote: RemoteNote
    /// The idempotency key of its task: that of a submission that was cut off is used again.
    package var key: String
    package var task: TaskID?
    /// Why no task could be made of it.
    package var reason: String?

    package init(remote: RemoteNote, key: String, task: TaskID? = nil, reason: String? = nil) {
        self.remote = remote
        self.key = key
        self.task = task
        self.reason = reason
    }

    init?(json: JSONValue) {
        guard let remote = RemoteNote(json: json), let key = json["key"]?.string else { return nil }
        self.init(
            remote: remote, key: key, task: json["task"]?.string.flatMap { TaskID($0) }, reason: json["reason"]?.string)
    }

    var json: JSONValue {
        var object = remote.json.object ?? [:]
        object["key"] = .string(key)
        object["task"] = JSONValue(task?.rawValue)
        object["reason"] = JSONValue(reason)
        return .object(object)
    }
}
