package import JSON
import SystemPackage

/// A setting as `openloom config` shows it. Secrets are `set` or `not set`.
package struct ConfigurationEntry: Sendable, Hashable {
    package var key: String
    package var json: JSONValue
    package var origin: ConfigurationOrigin
    /// What a person should know about it.
    package var note: String?

    /// The value for a person.
    package var value: String { json.shown }
}

extension Configuration {
    /// Every setting that is in force, and those that were given and have no effect, with where each is from.
    package func report() -> [ConfigurationEntry] { entries }

    /// ``report()`` and ``warnings`` as JSON.
    package var json: JSONValue {
        [
            "file": JSONValue(file?.string),
            "settings": .array(entries.map(\.jsonObject)),
            "warnings": JSONValue(warnings),
        ]
    }
}

extension ConfigurationEntry {
    /// `{"key", "value", "origin": {"kind", …}, "note"?}`
    fileprivate var jsonObject: JSONValue {
        var object: JSONObject = ["key": .string(key), "value": json, "origin": origin.json]
        object["note"] = note.map { .string($0) }
        return .object(object)
    }
}

extension ConfigurationOrigin {
    fileprivate var json: JSONValue {
        switch self {
        case .standard: return ["kind": "default"]
        case .file(let path, let line):
            var object: JSONObject = ["kind": "file", "path": .string(path.string)]
            object["line"] = line.map { .int($0) }
            return .object(object)
        case .environment(let name): return ["kind": "environment", "name": .string(name)]
        case .flag(let name): return ["kind": "flag", "name": .string(name)]
        }
    }
}
