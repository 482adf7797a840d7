import JSON

/// Rows as wire 1 has messages: what shows those shows these.
extension Wire2Server {
    /// `{info, parts}`; nil for rows that say nothing to a person.
    static func message(_ row: JSONValue, session: String) -> JSONValue? {
        guard let id = row["id"]?.string, let type = row["type"]?.string else { return nil }
        var info: JSONObject = ["id": .string(id), "sessionID": .string(session), "role": .string(type)]
        info["time"] = row["time"]
        var contents: [JSONObject]
        if type == "assistant" {
            info["providerID"] = row["model"]?["providerID"]
            info["modelID"] = row["model"]?["id"]
            for name in ["agent", "finish", "cost", "tokens"] { info[name] = row[name] }
            if let failure = failure(row["error"]) {
                info["error"] = ["name": .string(failure.name), "data": ["message": .string(failure.message)]]
            }
            contents = (row["content"]?.array ?? []).compactMap(part)
        } else {
            guard let text = row["text"]?.string else { return nil }
            contents = [["type": "text", "text": .string(text)]]
        }
        for index in contents.indices where contents[index]["id"] == nil {
            contents[index]["id"] = .string("\(id).\(index)")
        }
        return ["info": .object(info), "parts": .array(contents.map { .object($0) })]
    }

    private static func part(_ content: JSONValue) -> JSONObject? {
        guard var part = content.object, let type = content["type"]?.string else { return nil }
        guard type == "tool" else { return part }
        part["tool"] = content["name"]
        part["callID"] = content["id"]
        var state = content["state"]?.object ?? [:]
        if let output = state["content"] { state["output"] = .string(text(output)) }
        if state["status"]?.string == "streaming" { state["status"] = "pending" }
        part["state"] = .object(state)
        return part
    }

    /// A tool's answer: the texts in it, or whatever it is.
    private static func text(_ content: JSONValue) -> String {
        if let text = content.string { return text }
        let texts = (content.array ?? []).compactMap { $0["text"]?.string }
        return texts.isEmpty ? content.compact : texts.joined(separator: "\n")
    }
}
