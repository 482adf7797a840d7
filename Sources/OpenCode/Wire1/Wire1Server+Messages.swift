import Curl
import JSON
import Usage

extension Wire1Server {
    /// Messages a page; smaller pages are tried when one is too large.
    private static let pageSizes = [100, 10, 1]
    /// A session beyond this is not followed further back: 200 pages of 100.
    private static let pageLimit = 200

    /// A session's messages, oldest first, back to the first page that has one for which `until` holds.
    ///
    /// Servers answer with the newest page and name where the one before it begins; one page is never taken for the
    /// whole history.
    func messages(
        of session: AgentSession, until isEnough: (JSONValue) -> Bool
    ) async throws(AgentError) -> [JSONValue] {
        var pages: [[JSONValue]] = []
        var cursor: String?
        var sizes = Self.pageSizes[...]
        while pages.count < Self.pageLimit {
            let size = sizes.first ?? 1
            var query = Self.scope(session) + [("limit", String(size))]
            if let cursor { query.append(("before", cursor)) }
            let answer: (json: JSONValue, headers: CurlHeaders)
            do {
                answer = try await client.call("GET", Self.path(session.id) + "/message", query: query)
            } catch  where error.code == .tooLarge && sizes.count > 1 {
                sizes = sizes.dropFirst()
                continue
            }
            guard let items = answer.json.array else {
                throw AgentError(.malformed, "the OpenCode server's list of messages is no list")
            }
            pages.append(items)
            let next = answer.headers["X-Next-Cursor"]
            guard let next, !next.isEmpty, next != cursor, !items.isEmpty, !items.contains(where: isEnough) else {
                break
            }
            cursor = next
        }
        return pages.reversed().flatMap { $0 }
    }

    static func session(_ json: JSONValue) throws(AgentError) -> AgentSession {
        guard let id = json["id"]?.string, !id.isEmpty, let directory = json["directory"]?.string else {
            throw AgentError(.malformed, "the OpenCode server's session has no id or directory")
        }
        return AgentSession(
            id: id, directory: directory, title: json["title"]?.string ?? "", parent: json["parentID"]?.string
        )
    }

    static func text(of item: JSONValue) -> String {
        (item["parts"]?.array ?? []).filter { $0["type"]?.string == "text" }.compactMap { $0["text"]?.string }
            .joined(separator: "\n")
    }

    static func step(_ item: JSONValue) -> AgentStep? {
        guard let info = item["info"], let id = info["id"]?.string else { return nil }
        let parts = item["parts"]?.array ?? []
        var model: String?
        if let provider = info["providerID"]?.string, let name = info["modelID"]?.string {
            model = "\(provider)/\(name)"
        }
        var step = AgentStep(
            id: id,
            isCompleted: info["time"]?["completed"]?.double != nil,
            finish: info["finish"]?.string,
            failure: failure(info["error"]),
            text: text(of: item),
            tool: parts.last { $0["type"]?.string == "tool" }?["tool"]?.string,
            partCount: parts.count,
            model: model,
            agent: info["agent"]?.string ?? info["mode"]?.string,
            tokens: tokens(info["tokens"]),
            cost: info["cost"]?.double ?? 0
        )
        step.counts = TokenCounts(info["tokens"])
        return step
    }

    static func failure(_ json: JSONValue?) -> AgentFailure? {
        guard let json, json != .null else { return nil }
        let name = json["name"]?.string ?? "UnknownError"
        let message = json["data"]?["message"]?.string ?? json["message"]?.string ?? ""
        let status = json["data"]?["statusCode"]?.int
        let mayPass =
            name == "APIError"
            && (json["data"]?["isRetryable"]?.bool ?? status.map { $0 == 429 || $0 >= 500 } ?? false)
        return AgentFailure(
            name: name, message: String(message.prefix(2000)), mayPass: mayPass, isLimit: mayPass && status == 429)
    }
}

/// Input, output and reasoning of a step or a session. Bounded, as the numbers are a stranger's and their sum must not
/// overflow.
func tokens(_ json: JSONValue?) -> Int {
    ["input", "output", "reasoning"].compactMap { json?[$0]?.int }.filter { $0 > 0 }.reduce(0) { $0 + min($1, 1 << 40) }
}
