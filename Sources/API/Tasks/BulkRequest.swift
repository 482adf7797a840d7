import JSON
import Spool

/// The body of `POST /api/tasks/bulk`.
struct BulkRequest: Sendable {
    var action: BulkAction
    var query: TaskQuery
    /// Tasks by name, instead of those that fit the query.
    var ids: [TaskID]?
    var isDryRun: Bool

    private static let usualLimit = 100

    init(_ json: JSONValue) throws(Problem) {
        guard let object = json.object else { throw Problem.invalidBody("", "should be an object {…}") }
        let known: Set = ["action", "filter", "ids", "dry_run", "limit", "cursor"]
        if let stranger = object.keys.first(where: { !known.contains($0) }) {
            throw Problem.invalidBody("/\(stranger.prefix(80))", "is not known")
        }
        let words = BulkAction.allCases.map(\.name).joined(separator: ", ")
        guard let action = object["action"]?.string.flatMap(BulkAction.init(name:)) else {
            throw Problem.invalidBody("/action", "should be one of \(words)")
        }
        self.action = action
        guard let dry = (object["dry_run"] ?? false).bool else {
            throw Problem.invalidBody("/dry_run", "should be true or false")
        }
        isDryRun = dry
        guard let limit = (object["limit"] ?? .int(Self.usualLimit)).int, (1...TaskQuery.longestPage).contains(limit)
        else { throw Problem.invalidBody("/limit", "should be a number from 1 to \(TaskQuery.longestPage)") }
        var cursor: TaskCursor?
        if let given = object["cursor"], given != .null {
            guard let place = given.string.flatMap({ TaskCursor($0) }) else {
                throw Problem.invalidBody("/cursor", "should be the next_cursor of an earlier answer")
            }
            cursor = place
        }
        if let list = object["ids"] {
            ids = try Self.ids(list, object)
            query = TaskQuery(TaskFilter(), limit: limit)
        } else {
            query = TaskQuery(try Self.filter(object["filter"]), limit: limit, after: cursor)
        }
    }

    private static func ids(_ list: JSONValue, _ object: JSONObject) throws(Problem) -> [TaskID] {
        if let other = ["filter", "cursor", "limit"].first(where: { object[$0] != nil }) {
            throw Problem.invalidBody("/\(other)", "can't be given together with ids")
        }
        let ids = list.array?.compactMap { $0.string.flatMap { TaskID($0) } } ?? []
        guard let count = list.array?.count, count == ids.count, (1...TaskQuery.longestPage).contains(count) else {
            throw Problem.invalidBody("/ids", "should be a list of 1 to \(TaskQuery.longestPage) ids of tasks")
        }
        return ids
    }

    /// All conditions, as in the query of a list; at least one, so that nobody means all tasks by mistake.
    private static func filter(_ json: JSONValue?) throws(Problem) -> TaskFilter {
        guard let object = json?.object, !object.isEmpty else {
            throw Problem.invalidBody("/filter", "should be an object with conditions; {\"state\": \"failed\"} is one")
        }
        var filter = TaskFilter()
        for (name, value) in object {
            guard TaskFilter.names.contains(name) else {
                throw Problem.invalidBody("/filter/\(name.prefix(80))", "is no condition; there are \(list)")
            }
            let text: String
            switch value {
            case .string(let word): text = word
            case .bool(let isSo) where name == "archived": text = isSo ? "1" : "0"
            default: throw Problem.invalidBody("/filter/\(name)", "should be a text, as in the query of a list")
            }
            if let fault = filter.take(name, text[...]) { throw Problem.invalidBody("/filter/\(name)", fault) }
        }
        return filter
    }

    private static var list: String { TaskFilter.names.joined(separator: ", ") }
}

/// What can be done to many tasks.
enum BulkAction: Sendable, Hashable, CaseIterable {
    case change(TaskOperation)
    case delete

    static let allCases = TaskOperation.allCases.map(BulkAction.change) + [.delete]

    init?(name: String) {
        guard let action = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = action
    }

    var name: String {
        switch self {
        case .change(let operation): operation.rawValue
        case .delete: "delete"
        }
    }

    func perform(on id: TaskID, in spool: SpoolDirectory) throws(SpoolError) {
        switch self {
        case .change(let operation): try operation.perform(on: id, in: spool)
        case .delete: try spool.remove(id)
        }
    }

    /// Where tasks lie to which it can be done.
    var states: Set<TaskState> {
        switch self {
        case .change(let operation): operation.states
        case .delete: Set(TaskState.allCases)
        }
    }
}
