package import JSON

extension Wire2Server {
    /// A list beyond this is not followed further: 200 pages of 200.
    private static let pageLimit = 200
    /// Rows a page; smaller pages are tried when one is too large.
    private static let pageSizes = [200, 20, 1]

    /// Everything that a list has, in its order, up to the first page that has an item for which `isEnough` holds.
    ///
    /// Follows `cursor.next` and nothing else: a page is never taken for the whole, whatever its length.
    func pages(
        _ path: String, query: [(String, String)], most: Int = pageLimit, until isEnough: (JSONValue) -> Bool
    ) async throws(AgentError) -> [JSONValue] {
        var items: [JSONValue] = []
        var query = query
        var seen: Set<String> = []
        for _ in 0..<most {
            let answer = try await client.call("GET", path, query: query).json
            guard let page = answer["data"]?.array else {
                throw AgentError(.malformed, "the OpenCode server's list at \(path) has no data")
            }
            items += page
            guard let next = answer["cursor"]?["next"]?.string, !next.isEmpty, seen.insert(next).inserted,
                !page.contains(where: isEnough)
            else { break }
            // The cursor knows the order; naming both is refused.
            query = query.filter { $0.0 == "limit" } + [("cursor", next)]
        }
        return items
    }

    /// A session's rows, oldest first, back to the first page that has one for which `isEnough` holds.
    func rows(of session: AgentSession, until isEnough: (JSONValue) -> Bool) async throws(AgentError) -> [JSONValue] {
        var sizes = Self.pageSizes[...]
        while true {
            let query = [("limit", String(sizes.first ?? 1)), ("order", "desc")]
            do {
                return try await pages(Self.path(session.id) + "/message", query: query, until: isEnough).reversed()
            } catch  where error.code == .tooLarge && sizes.count > 1 {
                sizes = sizes.dropFirst()
            }
        }
    }

    /// What was taken and waits for its turn.
    func inbox(of session: AgentSession) async throws(AgentError) -> [JSONValue] {
        try await client.call("GET", Self.path(session.id) + "/inbox").json["data"]?.array ?? []
    }

    package func promptIDs(in session: AgentSession) async throws(AgentError) -> [String] {
        // In this order, as what waits can only move to the rows.
        let waiting = try await inbox(of: session).compactMap { $0["id"]?.string }
        let there = try await rows(of: session) { _ in false }.filter { $0["type"]?.string == "user" }
            .compactMap { $0["id"]?.string }
        return there + waiting.filter { !there.contains($0) }
    }

    package func find(_ mark: PromptMark, in session: AgentSession) async throws(AgentError) -> String? {
        let isOurs: (JSONValue) -> Bool = { item in
            guard let id = item["id"]?.string, item["type"]?.string ?? "user" == "user" else { return false }
            return mark.fits(id: id, text: (item["text"] ?? item["payload"]?["text"])?.string)
        }
        if let waiting = mark.pick(try await inbox(of: session).filter(isOurs))?["id"]?.string { return waiting }
        return mark.pick(try await rows(of: session, until: isOurs).filter(isOurs))?["id"]?.string
    }

    package func transcript(of session: AgentSession) async throws(AgentError) -> JSONValue? {
        do {
            return .array(try await rows(of: session) { _ in false })
        } catch  where error.code == .tooLarge {
            return nil
        }
    }

    static func session(_ json: JSONValue?) throws(AgentError) -> AgentSession {
        guard let json, let id = json["id"]?.string, !id.isEmpty,
            let directory = json["location"]?["directory"]?.string
        else { throw AgentError(.malformed, "the OpenCode server's session has no id or directory") }
        var session = AgentSession(
            id: id, directory: directory, title: json["title"]?.string ?? "", parent: json["parentID"]?.string)
        session.choice = AgentChoice(
            model: modelName(json["model"]), agent: json["agent"]?.string, variant: json["model"]?["variant"]?.string)
        return session
    }

    static func modelName(_ json: JSONValue?) -> String? {
        guard let provider = json?["providerID"]?.string, let id = json?["id"]?.string else { return nil }
        return "\(provider)/\(id)"
    }
}
