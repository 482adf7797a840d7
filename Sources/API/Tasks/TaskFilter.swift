import Hummingbird
import HummingbirdCore
import Spool

/// Which tasks a list shows: what `state`, `archived`, `limit` and `cursor` of a query say.
struct TaskFilter: Sendable {
    /// Directories and REST's words; empty means all.
    private(set) var words: Set<String> = []
    private(set) var showsArchived = false
    /// Nil means all.
    private(set) var limit: Int?
    private(set) var cursor: TaskCursor?

    /// A page is read into one answer; a whole list is streamed.
    static let longestPage = 1000

    private static let statuses = ["pending", "paused", "waiting", "completed", "archived"]
    private static let states = TaskState.allCases.map(\.rawValue)
    /// What `state` may say.
    static let knownWords = states + statuses

    /// All that are not archived.
    init() {}

    init(_ uri: URI) throws(Problem) {
        var problems: [Problem.Item] = []
        for (key, value) in uri.queryParameters {
            let fault: String?
            switch key {
            case "state", "status": fault = take(states: value)
            case "archived": fault = take(archived: value)
            case "limit": fault = take(limit: value)
            case "cursor": fault = take(cursor: value)
            default: fault = nil
            }
            if let fault { problems.append(Problem.Item(message: fault, parameter: String(key))) }
        }
        if let first = problems.first {
            throw Problem(.invalidQuery, "\(first.parameter ?? ""): \(first.message)", items: problems)
        }
    }

    private mutating func take(states text: Substring) -> String? {
        for word in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            guard Self.knownWords.contains(word) else {
                return "\"\(word.prefix(80))\" should be one of "
                    + Self.knownWords.joined(separator: ", ")
            }
            words.insert(word)
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

    private mutating func take(limit text: Substring) -> String? {
        guard let number = Int(text), (1...Self.longestPage).contains(number) else {
            return "\"\(text.prefix(80))\" should be a number from 1 to \(Self.longestPage)"
        }
        limit = number
        return nil
    }

    private mutating func take(cursor text: Substring) -> String? {
        guard let value = TaskCursor(text) else { return "should be the next_cursor of an earlier answer" }
        cursor = value
        return nil
    }

    /// The directories in which tasks that fit can lie.
    var directories: Set<TaskState> {
        if words.isEmpty { return Set(TaskState.allCases) }
        var result: Set<TaskState> = []
        for word in words {
            switch word {
            case "pending": result.insert(.new)
            case "paused": result.formUnion([.new, .running])
            case "waiting": result.insert(.running)
            case "completed": result.insert(.done)
            case "archived": result.formUnion([.done, .failed])
            default: if let state = TaskState(rawValue: word) { result.insert(state) }
            }
        }
        return result
    }

    func accepts(_ task: TaskSnapshot) -> Bool {
        if task.isArchived, !showsArchived, !words.contains("archived") { return false }
        return words.isEmpty || words.contains(task.state.rawValue) || words.contains(task.status)
    }
}
