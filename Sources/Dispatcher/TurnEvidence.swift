import Evidence
import JSON
import OpenCode
import Spool
import SystemPackage
import Verification

/// `evidence/turns/N/`: what was asked in a turn, what the agent claimed, what it had changed by then, and what the
/// checks found.
///
/// `outcome.json` is there last, when all checks have been made. Nothing is synced here: whoever sends the next prompt,
/// or ends the task, does that before; after a crash in between the turn is judged again.
struct TurnEvidence: Sendable {
    let task: TaskPaths
    let turn: Int

    var directory: FilePath { task.turnEvidence(turn) }
    var checks: FilePath { directory.appending("checks") }
    private var claim: FilePath { directory.appending("claim.md") }
    private var outcome: FilePath { directory.appending("outcome.json") }

    /// The agent has ended its turn with a claim, which is from now on what this boot knows of the turn.
    func begin(prompt: String, claim text: String, in spool: SpoolDirectory) throws(SpoolError) {
        try spool.makeDirectory(task.turns)
        try spool.makeDirectory(directory)
        try DurableFile.writeVolatile(prompt + "\n", to: directory.appending("prompt.md"))
        try DurableFile.writeVolatile(text, to: claim)
    }

    /// The claim that ended the turn, if that is known.
    func recordedClaim(in spool: SpoolDirectory) throws(SpoolError) -> String? {
        try spool.readFile(claim, limit: 64 << 20).map { String(decoding: $0, as: UTF8.self) }
    }

    private var changes: FilePath { directory.appending("changes.json") }
    private var changesByChecks: FilePath { directory.appending("by-checks.json") }
    /// What the last comparison of the workspace with its baseline found.
    private var newest: FilePath { task.evidence.appending("changes.json") }

    /// Keeps the changes that were found before the checks were made. Those that are kept already stay: the checks may
    /// have been begun since.
    func keepChanges(areKnown: Bool, in spool: SpoolDirectory) throws(SpoolError) {
        guard !spool.exists(changes) else { return }
        if areKnown {
            try DurableFile.link(newest, to: changes)
        } else {
            try spool.show(["undeterminable": ["the workspace could not be compared with its baseline"]], at: changes)
        }
    }

    func recordedChanges(in spool: SpoolDirectory) throws(SpoolError) -> JSONValue? { try spool.readJSON(changes) }

    /// Writes what has come since then, and what earlier checks did and nobody has touched.
    func keepChangesByChecks(_ changed: TurnChanges, in spool: SpoolDirectory) throws(SpoolError) {
        guard let now = try spool.readJSON(newest) else { return }
        try spool.show(.array(changed.byChecks(now)), at: changesByChecks)
    }

    func recordedChangesByChecks(in spool: SpoolDirectory) throws(SpoolError) -> [JSONValue] {
        try spool.readJSON(changesByChecks)?.array ?? []
    }

    /// Writes the outcome, and shows its results as the task's.
    func finish(_ outcome: TurnOutcomeRecord, in spool: SpoolDirectory) throws(SpoolError) {
        let shown = task.evidence.appending("checks")
        try DurableFile.emptyDirectory(shown)
        for name in try spool.entries(of: checks) where !name.hasPrefix(".") {
            try DurableFile.link(checks.appending(name), to: shown.appending(name))
        }
        try DurableFile.writeVolatile(outcome.json.pretty, to: self.outcome)
    }

    /// What the turn came to; nil while that is not known.
    func recordedOutcome(in spool: SpoolDirectory) throws(SpoolError) -> JSONValue? {
        try spool.readJSON(outcome, limit: 16 << 20)
    }
}

/// `outcome.json`
struct TurnOutcomeRecord: Sendable {
    var turn: Int
    var prompted: Timestamp
    var claimed: Timestamp
    var marker: String?
    var results: [CheckResult]
    /// The fingerprint of all that had changed after the checks were made; nil if that can't be told, or if no other
    /// turn follows.
    var workspace: String?
    /// What the turn used.
    var usage: JSONValue
    /// The same by model.
    var models: [ModelUsage]

    static func failedNumbers(_ json: JSONValue) -> [Int] {
        (json["checks"]?.array ?? []).filter { $0["passed"]?.bool != true }.compactMap { $0["number"]?.int }
    }

    var json: JSONValue {
        [
            "turn": .int(turn), "prompted": .string(prompted.iso8601), "claimed": .string(claimed.iso8601),
            "marker": JSONValue(marker), "passed": .bool(results.allSatisfy(\.passed)),
            "checks": .array(results.map(\.json)), "workspace_sha256": JSONValue(workspace), "usage": usage,
            "models": .array(models.map(\.json)),
        ]
    }
}
