import Evidence
import Glibc
import JSON
import Matching
import OpenCode
import Spool
import SystemPackage
import Usage

/// What a task may use and change, as a whole: in all its attempts and turns, by its session and those that this one
/// started. Decides without I/O.
struct TaskBudget: Sendable {
    private let maxTokens: Int?
    private let maxCost: Double?
    private let maxFiles: Int?
    private let maxBytes: Int?
    /// Nil where every path may be changed.
    private let allowed: [GlobPattern]?

    init(_ spec: TaskSpec) {
        maxTokens = spec.maxTokens
        maxCost = spec.maxCost
        maxFiles = spec.maxFiles
        maxBytes = spec.maxBytes
        allowed = spec.allowPaths.isEmpty ? nil : spec.allowPaths.map { GlobPattern($0) }
    }

    var limitsUsage: Bool { maxTokens != nil || maxCost != nil }
    var limitsChanges: Bool { maxFiles != nil || maxBytes != nil || allowed != nil }

    /// Why what was used is too much; nil if it is not.
    func excess(_ used: AgentUsage) -> String? {
        if let maxTokens, used.tokens > maxTokens {
            return "the task has used \(used.tokens) tokens, and \(maxTokens) are allowed"
        }
        if let maxCost, used.cost > maxCost {
            return "the task has cost \(used.cost), and \(maxCost) is allowed"
        }
        return nil
    }

    /// Why what was changed is too much, or should not have been; nil if neither.
    ///
    /// Files that are not the workspace's count like others, and no pattern allows what lies elsewhere.
    ///
    /// - Parameter isOver: Whether the turn has ended. Then what can't be told is too much as well: while the agent writes,
    ///   there may always be something that can't.
    func excess(_ found: ChangeSummary, isOver: Bool) -> String? {
        excess(found.changes + found.outside) ?? (isOver ? untold(found) : nil)
    }

    /// Why the budget can't be held against what changed, as nobody could look.
    var untold: String { "what changed could not be told, and the task limits it" }

    private func untold(_ found: ChangeSummary) -> String? {
        guard limitsChanges, let first = found.undeterminable.first else { return nil }
        let others = found.undeterminable.count > 1 ? " (and \(found.undeterminable.count - 1) more)" : ""
        return "not all that changed could be told, and the task limits it: \(first)\(others)"
    }

    private func excess(_ changes: [FileChange]) -> String? {
        if let allowed {
            let strangers = changes.filter { change in
                let path = change.path.withPlatformString { start in
                    (0..<strlen(start)).map { UInt8(bitPattern: start[$0]) }
                }
                return change.path.isAbsolute || !allowed.contains { $0.covers(path) }
            }
            if let first = strangers.first {
                let others = strangers.count > 1 ? " and \(strangers.count - 1) more" : ""
                return "\(Self.shown(first.path))\(others) changed, which allow_paths does not name"
            }
        }
        if let maxFiles, changes.count > maxFiles {
            return "\(changes.count) files changed, and \(maxFiles) are allowed"
        }
        if let maxBytes {
            let bytes = changes.reduce(0) { $0.addingReportingOverflow($1.sizeAfter ?? 0).partialValue }
            if bytes > maxBytes { return "the changed files have \(bytes) bytes, and \(maxBytes) are allowed" }
        }
        return nil
    }
}

extension TaskBudget {
    /// A path that an agent chose, on one line.
    private static func shown(_ path: FilePath) -> String {
        let isPlain = path.string.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        return isPlain ? path.string : JSONValue.string(path.string).compact
    }
}

/// What sessions have used besides the turn that is followed.
struct FamilyUsage: Sendable {
    /// Sessions that the task's session started, and those that they started.
    var sessions = 0
    var usage = AgentUsage(tokens: 0, cost: 0)
    var models: [ModelUsage] = []

    mutating func add(_ seen: TurnObservation) {
        sessions += 1
        usage += seen.used(since: nil)
        models = models.adding(seen.usageByModel)
    }
}

extension [ModelUsage] {
    /// The sums, by model.
    func adding(_ others: [ModelUsage]) -> [ModelUsage] {
        others.reduce(into: self) { sum, other in
            if let index = sum.firstIndex(where: { $0.model == other.model }) {
                sum[index].steps += other.steps
                sum[index].counts += other.counts
                sum[index].cost += other.cost
            } else {
                sum.append(other)
            }
        }
    }
}

extension AgentUsage {
    static func += (left: inout AgentUsage, right: AgentUsage) {
        left.tokens = left.tokens.addingReportingOverflow(right.tokens).partialValue
        left.cost += right.cost.isFinite ? right.cost : 0
    }
}
