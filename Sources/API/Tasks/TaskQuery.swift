import Hummingbird
import HummingbirdCore
import Spool

/// Which tasks a list shows, in which order, and how many of them.
struct TaskQuery: Sendable {
    enum Order: String, Sendable, CaseIterable {
        case created
        case newestFirst = "-created"
        case updated
        case lastUpdatedFirst = "-updated"

        var isDescending: Bool { self == .newestFirst || self == .lastUpdatedFirst }
        var isByUpdate: Bool { self == .updated || self == .lastUpdatedFirst }
    }

    private(set) var filter = TaskFilter()
    private(set) var order = Order.newestFirst
    /// Nil means all.
    private(set) var limit: Int?
    private(set) var cursor: TaskCursor?
    private(set) var view = TaskView.full

    /// A page is read into one answer; a whole list is streamed.
    static let longestPage = 1000

    /// All that are not archived, newest first.
    init() {}

    init(_ filter: TaskFilter, limit: Int, after cursor: TaskCursor? = nil) {
        self.filter = filter
        self.limit = limit
        self.cursor = cursor
    }

    init(_ uri: URI) throws(Problem) {
        var problems: [Problem.Item] = []
        for (key, value) in uri.queryParameters {
            let fault: String?
            switch key {
            case "limit": fault = take(limit: value)
            case "cursor": fault = take(cursor: value)
            case "sort": fault = take(sort: value)
            case "view": fault = take(view: value)
            case _ where TaskFilter.names.contains(String(key)): fault = filter.take(String(key), value)
            default: fault = nil
            }
            if let fault { problems.append(Problem.Item(message: fault, parameter: String(key))) }
        }
        if let first = problems.first {
            throw Problem(.invalidQuery, "\(first.parameter ?? ""): \(first.message)", items: problems)
        }
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

    private mutating func take(view text: Substring) -> String? {
        if let fault = TaskView.fault(text) { return fault }
        view = TaskView(rawValue: String(text)) ?? .full
        return nil
    }

    private mutating func take(sort text: Substring) -> String? {
        guard let value = Order(rawValue: String(text)) else {
            return "\"\(text.prefix(80))\" should be one of "
                + Order.allCases.map(\.rawValue).joined(separator: ", ")
        }
        order = value
        return nil
    }
}
