package import JSON

/// What came of looking at one thing.
package struct DoctorFinding: Sendable, Hashable {
    package enum Level: String, Sendable, CaseIterable {
        case good
        /// Works, and not as well as it could; or will soon not work.
        case warning
        /// Tasks can't be taken, or not be worked on; or nobody hears of them.
        case problem
        /// Not looked at, and the message says why.
        case skipped
    }

    /// The name of the check, as `--only` takes it. Filled in by ``Examination``.
    package var check = ""
    /// The check's name, with the name of what it is about where there are several: `connector share`.
    package var name: String
    package var level: Level
    /// One line for a person, without secrets.
    package var message: String
    /// How to mend it: a command to run, or a key of the configuration. Nil where nothing is to be mended, or the message
    /// says it.
    package var mend: String?
    /// What a program may want to know.
    package var details: JSONValue?

    package init(_ name: String, _ level: Level, _ message: String, mend: String? = nil, details: JSONValue? = nil) {
        self.name = name
        self.level = level
        self.message = message
        self.mend = mend
        self.details = details
    }

    package var json: JSONValue {
        var object: JSONObject = [
            "check": .string(check), "name": .string(name), "level": .string(level.rawValue),
            "message": .string(message),
        ]
        object["mend"] = mend.map { .string($0) }
        object["details"] = details
        return .object(object)
    }
}
