package import JSON

/// What became of a task, for people: verdict, claim beside fact, checks, changed files, time and cost.
///
/// Made of `task.json` and `result.json` alone, so that whoever has them (the daemon when it ends a task, the command
/// line, REST) says the same. A member that is not there is left out.
package struct TaskReport: Sendable, Hashable {
    /// One path, as it was found on disk and as the agent's server tells it.
    package struct File: Sendable, Hashable {
        package var path: String
        /// `added`, `modified`, `deleted`, …; nil for one that only the server tells of.
        package var found: String?
        /// What the server says, in its words; nil if it says nothing of it.
        package var told: String?
        package var sizeBefore: Int?
        package var sizeAfter: Int?
    }

    package struct Check: Sendable, Hashable {
        package var name: String
        package var passed: Bool
        package var expected: String
        package var found: String
        package var milliseconds: Int?
    }

    package var id: String
    package var name: String
    package var verdict: String
    package var reason: String
    package var workspace: String?
    /// Branch of the task's worktree, and its last commit.
    package var branch: String?
    package var commit: String?
    package var session: String?
    package var server: String?
    package var model: String?
    package var started: String?
    package var ended: String?
    /// From the claim to the end, the wait for people included.
    package var seconds: Double?
    package var turns: Int?
    package var tokens: Int?
    package var cost: Double?
    package var claim: String?
    /// Whether anything is known of the disk.
    package var isCompared: Bool
    package var files: [File]
    /// How many paths changed; ``files`` may be only the first.
    package var changed: Int
    package var undeterminable: [String]
    package var checks: [Check]

    /// - Parameters:
    ///   - spec: `task.json`, if the task has one.
    ///   - result: `result.json`.
    package init(spec: JSONValue?, result: JSONValue) {
        id = result["id"]?.string ?? ""
        name = spec?["name"]?.string ?? id
        verdict = result["verdict"]?.string ?? ""
        reason = result["reason"]?.string ?? ""
        workspace = spec?["workspace"]?.string ?? result["workspace"]?.string
        branch = result["worktree"]?["branch"]?.string
        commit = result["worktree"]?["head"]?.string
        session = result["session"]?.string
        server = result["server"].flatMap { server in
            server["url"]?.string.map { "\($0), OpenCode \(server["version"]?.string ?? "?")" }
        }
        model = result["usage"]?["model"]?.string
        started = result["started"]?.string
        ended = result["ended"]?.string
        seconds = result["duration_s"]?.double
        turns = result["turns"]?.int ?? result["turns"]?.array?.count
        tokens = result["usage"]?["tokens"].flatMap(Self.tokenCount)
        cost = result["usage"]?["cost"]?.double
        claim = result["claim"]?["text"]?.string
        changed = result["fact"]?["changed"]?.int ?? 0
        undeterminable = result["fact"]?["undeterminable"]?.array?.compactMap(\.string) ?? []
        isCompared = result["fact"].map { $0 != .null } ?? false
        checks =
            result["checks"]?.array?.compactMap { check in
                guard let name = check["name"]?.string, let passed = check["passed"]?.bool else { return nil }
                return Check(
                    name: name, passed: passed, expected: check["expected"]?.string ?? "",
                    found: check["found"]?.string ?? "", milliseconds: check["duration_ms"]?.int)
            } ?? []
        files = Self.files(
            found: result["fact"]?["changes"]?.array ?? [], told: result["claim"]?["files"]?.array ?? [])
    }

    /// Those that were found first, in their order; then those of which only the server tells.
    private static func files(found: [JSONValue], told: [JSONValue]) -> [File] {
        var words: [String: String] = [:]
        for file in told {
            guard let path = file["path"]?.string else { continue }
            words[path] = file["status"]?.string ?? "changed"
        }
        var files: [File] = []
        for change in found {
            guard let path = change["path"]?.string else { continue }
            files.append(
                File(
                    path: path, found: change["kind"]?.string?.replacing("_", with: " ") ?? "changed",
                    told: words.removeValue(forKey: path),
                    sizeBefore: change["size_before"]?.int, sizeAfter: change["size_after"]?.int))
        }
        return files + words.sorted { $0.key < $1.key }.map { File(path: $0.key, told: $0.value) }
    }

    /// A number, or the numbers of each kind of token.
    private static func tokenCount(_ value: JSONValue) -> Int? {
        if let count = value.int { return count }
        return value.object.map { $0.reduce(0) { $0 + max(0, $1.1.int ?? 0) } }
    }

    /// `verified: 3 checks passed, 2 files changed, 41s, $0.12`.
    package var summary: String { summary(in: .english) }

    package func summary(in words: ReportWords) -> String {
        var facts: [String] = []
        if !checks.isEmpty {
            let failed = checks.count { !$0.passed }
            facts.append(
                failed == 0
                    ? words.checksPassed.text(checks.count)
                    : words.checksFailed.text(checks.count).replacing("%", with: "\(failed)"))
        }
        if isCompared { facts.append(changed == 0 ? words.noneChanged : words.filesChanged.text(changed)) }
        if let turns, turns > 1 { facts.append(words.turns.text(turns)) }
        if let seconds { facts.append(DurationText.exact(seconds)) }
        if let cost, cost > 0 { facts.append(NumberText.price(cost)) }
        let word = words.verdicts[verdict] ?? verdict
        return facts.isEmpty ? word : word + words.colon + facts.joined(separator: words.comma)
    }
}
