import JSON

/// One rule of a session: what may be done without asking.
struct PermissionRule: Sendable, Hashable {
    enum Action: String, Sendable {
        case allow
        case deny
        case ask
    }

    var permission: String
    var pattern: String
    var action: Action

    init(permission: String, pattern: String, action: Action) {
        self.permission = permission
        self.pattern = pattern
        self.action = action
    }

    init?(_ json: JSONValue) {
        guard let permission = json["permission"]?.string, let pattern = json["pattern"]?.string,
            let action = json["action"]?.string.flatMap({ Action(rawValue: $0) })
        else { return nil }
        self.init(permission: permission, pattern: pattern, action: action)
    }

    var json: JSONValue {
        [
            "permission": .string(permission), "pattern": .string(pattern),
            "action": .string(action.rawValue),
        ]
    }

    /// From the form of wire 2; nil for anything else, also for members that it does not have.
    init?(wire2 json: JSONValue) {
        guard json.object?.count == 3, let permission = json["action"]?.string, let pattern = json["resource"]?.string,
            let action = json["effect"]?.string.flatMap({ Action(rawValue: $0) })
        else { return nil }
        self.init(permission: permission, pattern: pattern, action: action)
    }

    /// In the form of wire 2.
    var wire2: JSONValue {
        ["action": .string(permission), "resource": .string(pattern), "effect": .string(action.rawValue)]
    }

    func matches(permission name: String, pattern text: String) -> Bool {
        Wildcard.matches(permission, name) && Wildcard.matches(pattern, text)
    }
}

extension [PermissionRule] {
    /// The last rule that matches decides; without one the user is asked.
    func decision(permission: String, pattern: String) -> PermissionRule.Action {
        last { $0.matches(permission: permission, pattern: pattern) }?.action ?? .ask
    }
}

/// `*` for any run of characters, `?` for one.
enum Wildcard {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern)
        let text = Array(text)
        var p = 0
        var t = 0
        // Where to go back to: the last star, and how much of the text it has taken so far.
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let (pattern, taken) = star {
                p = pattern + 1
                t = taken + 1
                star = (pattern, t)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
