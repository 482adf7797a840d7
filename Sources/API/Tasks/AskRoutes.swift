import Blocking
import Hummingbird
import JSON
import Spool

/// `…/{id}/asks`: what an agent asks, and answers to it.
struct AskRoutes: Sendable {
    let spool: SpoolDirectory
    let observer: TaskObserver

    /// As ``SpoolDirectory`` documents answer files; in bytes.
    private static let longestAnswer = 64 << 10

    func add(to table: inout RouteTable) {
        table.on(.get, "/api/tasks/{id}/asks", .listAsks, list)
        table.on(.post, "/api/tasks/{id}/asks/{ask}/answer", .answerAsk, needs: .answer, answer)
    }

    @Sendable private func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let id = try context.taskID
        let version = observer.version
        let task = try await BlockingPool.run { () throws(SpoolError) in try spool.document(id) }
        return Response(json: ["asks": task["asks"] ?? [], "store_version": .int(version)])
    }

    /// `echo ANSWER > running/ID/asks/ASK.answer`, as `openloom answer` does it.
    @Sendable private func answer(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let id = try context.taskID
        let ask = try context.parameters.require("ask")
        let body = try await request.collectBody(limit: 2 * Self.longestAnswer, context: context)
        let text = try Self.text(of: try JSONValue.body(body))
        do {
            try await BlockingPool.run { () throws(SpoolError) in
                _ = try spool.locate(id)
                try spool.answer(id, ask: ask, with: text)
            }
        } catch {
            guard error.code == .taskNotFound, error.operation == "answer" else { throw error }
            throw Problem(.askNotFound, "\(error)")
        }
        return Response(
            json: [
                "ok": true, "taskId": .string(id.rawValue), "ask": .string(ask),
                "store_version": .int(observer.version),
            ])
    }

    /// What goes into the file: the words of `answer`, or `reply` or `answers` as JSON.
    private static func text(of body: JSONValue) throws(Problem) -> String {
        guard let object = body.object else { throw Problem.invalidBody("", "should be an object {…}") }
        let known: Set = ["answer", "reply", "message", "answers"]
        if let stranger = object.keys.first(where: { !known.contains($0) }) {
            throw Problem.invalidBody("/\(stranger.prefix(80))", "is not known; give answer, reply or answers")
        }
        let text: String
        switch (object["answer"], object["reply"], object["answers"]) {
        case (.string(let words)?, nil, nil) where object["message"] == nil: text = words
        case (nil, .string(let word)?, nil) where ["once", "reject"].contains(word):
            guard object["message"].map({ $0.string != nil }) ?? true else {
                throw Problem.invalidBody("/message", "should be a text")
            }
            text = body.compact
        case (nil, nil, .array(let list)?) where object["message"] == nil:
            let areTexts = list.allSatisfy { $0.array?.allSatisfy { $0.string != nil } ?? false }
            guard areTexts, !list.isEmpty else {
                throw Problem.invalidBody("/answers", "should be a list with a list of texts for each question")
            }
            text = body.compact
        default:
            throw Problem.invalidBody(
                "",
                "should be {\"answer\": TEXT}, {\"reply\": \"once\" or \"reject\"}, or {\"answers\": [[TEXT, …], …]}")
        }
        guard !text.allSatisfy(\.isWhitespace), text.utf8.count < longestAnswer, !text.contains("\0") else {
            throw Problem.invalidBody("/answer", "should say something, in less than \(longestAnswer) bytes")
        }
        return text
    }
}
