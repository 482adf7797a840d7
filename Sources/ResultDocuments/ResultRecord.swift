package import JSON
package import Report

/// What a result or a status says, for programs: the envelope of OpenLoom 0.17's files (`schema_version`, `task_id`,
/// `task_name`, `status`, `timestamp`, `data`), and more.
package struct ResultRecord: Sendable {
    /// `completed`, `failed`, `running`, …
    package var status: String
    /// Of what the record tells: seconds since 1970, the same in UTC, and where the daemon is.
    package var seconds: Double
    package var utc: String
    package var local: String
    /// The name of the file that the task was made of.
    package var source: String

    package init(status: String, seconds: Double, utc: String, local: String, source: String) {
        self.status = status
        self.seconds = seconds
        self.utc = utc
        self.local = local
        self.source = source
    }

    /// The most of one text, in characters; and of each list.
    private static let longestClaim = 256 << 10
    private static let longestText = 16 << 10
    private static let mostEntries = 1000

    package func json(_ report: TaskReport) -> JSONValue {
        let changes: [JSONValue] = report.files.prefix(Self.mostEntries).map { file in
            [
                "path": .string(file.path), "kind": JSONValue(file.found?.replacing(" ", with: "_")),
                "told": JSONValue(file.told),
                "size_before": JSONValue(file.sizeBefore), "size_after": JSONValue(file.sizeAfter),
            ]
        }
        let checks: [JSONValue] = report.checks.prefix(Self.mostEntries).map { check in
            [
                "name": .string(Self.cut(check.name)), "passed": .bool(check.passed),
                "expected": .string(Self.cut(check.expected)), "found": .string(Self.cut(check.found)),
                "duration_ms": JSONValue(check.milliseconds),
            ]
        }
        let claim = report.claim.map { Self.cut($0, Self.longestClaim) }
        var data: JSONObject = [
            "status": .string(status), "verdict": .string(report.verdict),
            "summary": JSONValue(claim ?? (report.reason.isEmpty ? nil : Self.cut(report.reason))),
            "workspace": JSONValue(report.workspace.map { Self.cut($0) }), "branch": JSONValue(report.branch),
            "commit": JSONValue(report.commit), "session": JSONValue(report.session),
            "model": JSONValue(report.model), "started": JSONValue(report.started), "ended": JSONValue(report.ended),
            "duration_s": report.seconds.map { .double($0) } ?? .null, "turns": JSONValue(report.turns),
            "tokens": JSONValue(report.tokens), "cost": report.cost.map { .double($0) } ?? .null,
            "changed_files": report.isCompared ? .int(report.changed) : .null, "changes": .array(changes),
            "undeterminable": .array(
                report.undeterminable.prefix(Self.mostEntries).map { .string(Self.cut($0)) }),
            "checks": .array(checks),
        ]
        let isWhole =
            max(report.files.count, report.changed) <= changes.count && claim == report.claim
            && max(report.undeterminable.count, report.checks.count) <= Self.mostEntries
        if !isWhole { data["truncated"] = true }
        return envelope(
            id: report.id, name: report.name,
            [
                "verdict": .string(report.verdict), "reason": .string(Self.cut(report.reason)),
                "result": .string(report.summary),
            ], data)
    }

    package func json(_ progress: TaskProgress) -> JSONValue {
        let asks: [JSONValue] = progress.asks.prefix(Self.mostEntries).map { ask in
            ["id": .string(ask.id), "kind": .string(ask.kind), "text": .string(Self.cut(ask.text))]
        }
        return envelope(
            id: progress.id, name: progress.name, ["reason": .string(Self.cut(progress.reason))],
            [
                "status": .string(status), "summary": JSONValue(progress.message.map { Self.cut($0) }),
                "workspace": JSONValue(progress.workspace), "session": JSONValue(progress.session),
                "started": JSONValue(progress.started), "asks": .array(asks),
            ])
    }

    private func envelope(id: String, name: String, _ more: JSONObject, _ data: JSONObject) -> JSONValue {
        var object: JSONObject = [
            "schema_version": "1.0", "task_id": .string(id), "task_name": .string(Self.cut(name)),
            "status": .string(status),
        ]
        for (key, value) in more { object[key] = value }
        object["timestamp"] = .double(seconds)
        object["timestamp_iso"] = .string(utc)
        object["time"] = .string(local)
        object["source"] = .string(source)
        object["data"] = .object(data)
        return .object(object)
    }

    private static func cut(_ text: String, _ limit: Int = longestText) -> String {
        text.utf8.count <= limit ? text : String(text.unicodeScalars.prefix(limit))
    }
}
