package import JSON

/// One thing that was looked at.
package struct DoctorFinding: Sendable {
    package enum Level: String, Sendable {
        case good
        /// Works, and not as well as it could.
        case warning
        /// Tasks can't be taken, or not be worked on.
        case problem
    }

    package var name: String
    package var level: Level
    /// A sentence for a person, with what to do about it.
    package var message: String
    /// What a program may want to know.
    package var details: JSONValue?

    init(_ name: String, _ level: Level, _ message: String, details: JSONValue? = nil) {
        self.name = name
        self.level = level
        self.message = message
        self.details = details
    }

    package var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "level": .string(level.rawValue), "message": .string(message),
        ]
        object["details"] = details
        return .object(object)
    }
}
