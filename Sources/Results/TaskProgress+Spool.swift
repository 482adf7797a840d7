import JSON
import Report
import Spool
import SystemPackage

extension TaskProgress {
    /// How far a task is that has not ended, as its directory shows it.
    init(_ task: TaskSnapshot, in spool: SpoolDirectory) {
        self.init(id: task.id.rawValue, name: task.name, status: task.status, reason: task.retry?.reason ?? "")
        workspace = task.spec?.workspace.string
        session = task.session
        started = (try? spool.lastClaim(of: task.id, in: task.state)).flatMap { $0 }?.iso8601
        message = task.activity?["message"]?.string
        let asksDirectory = spool.paths.task(task.id, in: task.state).asks
        asks = task.asks.map { name in
            let json = (try? spool.readJSON(asksDirectory.appending("\(name).json"), limit: 1 << 20)).flatMap { $0 }
            return Ask(id: name, kind: json?["kind"]?.string ?? "?", text: Self.text(ofAsk: json))
        }
    }

    private static func text(ofAsk json: JSONValue?) -> String {
        if let questions = json?["questions"]?.array {
            return questions.map { question in
                let options = question["options"]?.array?.compactMap(\.string) ?? []
                let text = question["question"]?.string ?? question["header"]?.string ?? ""
                return options.isEmpty ? text : "\(text) (\(options.joined(separator: ", ")))"
            }.joined(separator: "; ")
        }
        let objects = json?["patterns"]?.array?.compactMap(\.string) ?? []
        return ([json?["permission"]?.string ?? ""] + [objects.joined(separator: ", ")]).filter { !$0.isEmpty }
            .joined(separator: ": ")
    }
}
