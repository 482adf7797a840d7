package import JSON

/// One thing that was found, and what becomes of it.
package struct MigrationItem: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case program, configuration, webhook, connector, task, workspace
    }

    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// As it is.
        case works
        /// It becomes something of ours, or has become that with this run.
        case carried
        /// It was carried over before.
        case present
        /// It is otherwise here; nothing has to be done.
        case differs
        /// It can't be carried over unless somebody does something.
        case problem
    }

    package var kind: Kind
    package var name: String
    package var outcome: Outcome
    package var message: String

    init(_ kind: Kind, _ name: String, _ outcome: Outcome, _ message: String) {
        self.kind = kind
        self.name = name
        self.outcome = outcome
        self.message = message
    }
}

/// All that was found.
package struct MigrationReport: Sendable {
    package var items: [MigrationItem] = []
    /// What was read.
    package var from: String
    /// Where tasks go.
    package var spool: String
    /// Whether it was only looked at.
    package var isDry: Bool

    package func count(_ outcome: MigrationItem.Outcome, of kind: MigrationItem.Kind? = nil) -> Int {
        items.count { $0.outcome == outcome && (kind == nil || $0.kind == kind) }
    }

    package var json: JSONValue {
        var counts: JSONObject = [:]
        for outcome in MigrationItem.Outcome.allCases { counts[outcome.rawValue] = .int(count(outcome)) }
        return [
            "dry_run": .bool(isDry), "from": .string(from), "spool": .string(spool), "counts": .object(counts),
            "items": .array(
                items.map {
                    [
                        "kind": .string($0.kind.rawValue), "name": .string($0.name),
                        "outcome": .string($0.outcome.rawValue), "message": .string($0.message),
                    ]
                }),
        ]
    }
}
