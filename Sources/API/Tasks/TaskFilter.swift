import Spool
import SystemPackage

/// Which tasks are meant: what a query, or the filter of a bulk operation, says.
struct TaskFilter: Sendable {
    /// Directories and REST's words; empty means all.
    private(set) var words: Set<String> = []
    private(set) var showsArchived = false
    private(set) var verdicts: Set<Verdict> = []
    /// This directory or one inside of it.
    private(set) var workspace: FilePath?
    private(set) var origins: Set<TaskOrigin.Kind> = []
    private(set) var key: String?
    private(set) var search: SearchText?

    private static let statuses = ["pending", "paused", "waiting", "completed", "archived"]
    private static let states = TaskState.allCases.map(\.rawValue)
    /// What `state` may say.
    static let knownWords = states + statuses
    static let knownVerdicts = Verdict.allCases.map(\.rawValue)
    static let knownOrigins = TaskOrigin.Kind.allCases.map(\.rawValue)
    /// Of `workspace`, in bytes.
    private static let longest = 4096

    /// All that are not archived.
    init() {}

    /// The members that ``take(_:_:)`` knows.
    static let names = ["state", "status", "archived", "verdict", "workspace", "origin", "key", "q"]

    /// Takes one of the conditions; what is wrong with it, or nil.
    ///
    /// - Parameter name: One of ``names``.
    mutating func take(_ name: String, _ value: Substring) -> String? {
        switch name {
        case "state", "status": return Self.take(value, of: Self.knownWords) { words.insert($0) }
        case "archived": return take(archived: value)
        case "verdict":
            return Self.take(value, of: Self.knownVerdicts) {
                if let word = Verdict(rawValue: $0) { verdicts.insert(word) }
            }
        case "origin":
            return Self.take(value, of: Self.knownOrigins) {
                if let kind = TaskOrigin.Kind(rawValue: $0) { origins.insert(kind) }
            }
        case "workspace":
            // By bytes: a slash and a mark after it can be one character.
            guard value.utf8.first == UInt8(ascii: "/"), value.utf8.count < Self.longest else {
                return "should be an absolute path"
            }
            workspace = FilePath(String(value)).lexicallyNormalized()
        case "key":
            guard (1...IdempotencyKey.longest).contains(value.unicodeScalars.count) else {
                return "should be the key of a task"
            }
            key = String(value)
        case "q":
            guard let text = SearchText(value) else { return SearchText.advice }
            search = text
        default: return "is no condition"
        }
        return nil
    }

    private static func take(_ text: Substring, of known: [String], _ each: (String) -> Void) -> String? {
        for word in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            guard known.contains(word) else {
                return "\"\(word.prefix(80))\" should be one of " + known.joined(separator: ", ")
            }
            each(word)
        }
        return nil
    }

    private mutating func take(archived text: Substring) -> String? {
        switch text {
        case "1", "true", "yes": showsArchived = true
        case "0", "false", "no": showsArchived = false
        default: return "\"\(text.prefix(80))\" should be 1 or 0"
        }
        return nil
    }
}

extension TaskFilter {
    /// The directories in which tasks that fit can lie.
    var directories: Set<TaskState> {
        var result = Set(TaskState.allCases)
        if !words.isEmpty { result = Set(words.flatMap(Self.directories)) }
        // One that is retried keeps its verdict until it is started.
        if !verdicts.isEmpty { result.formIntersection([.done, .failed]) }
        return result
    }

    private static func directories(_ word: String) -> [TaskState] {
        switch word {
        case "pending": [.new]
        case "paused": [.new, .running]
        case "waiting": [.running]
        case "completed": [.done]
        case "archived": [.done, .failed]
        default: TaskState(rawValue: word).map { [$0] } ?? []
        }
    }

    /// Whether a task of that name can fit at all.
    func mayAccept(_ id: TaskID) -> Bool {
        key.map { id.rawValue.hasSuffix(SubmissionKey.suffix($0)) } ?? true
    }

    func accepts(_ task: TaskSnapshot) -> Bool {
        if task.isArchived, !showsArchived, !words.contains("archived") { return false }
        guard words.isEmpty || words.contains(task.state.rawValue) || words.contains(task.status) else { return false }
        if !verdicts.isEmpty {
            guard let verdict = task.verdict, verdicts.contains(verdict) else { return false }
        }
        if let workspace {
            guard let own = task.spec?.workspace, own.starts(with: workspace) else { return false }
        }
        if !origins.isEmpty {
            guard let kind = task.spec?.origin.kind, origins.contains(kind) else { return false }
        }
        if let key, task.spec?.key != key { return false }
        if let search { return search.isIn(task.name, task.spec?.goal ?? "") }
        return true
    }
}
