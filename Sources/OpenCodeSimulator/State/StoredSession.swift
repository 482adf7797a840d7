import JSON

/// A message and its parts, in the shape of wire 1; or a row of wire 2, which has no parts.
struct StoredMessage: Sendable {
    var info: JSONObject
    var parts: [JSONValue] = []

    var id: String { info["id"]?.string ?? "" }
    var isAssistant: Bool { info["role"]?.string == "assistant" }
    /// The user's message that an assistant's message answers.
    var parentID: String? { info["parentID"]?.string }
    var created: Int { info["time"]?["created"]?.int ?? 0 }
    var isComplete: Bool { info["time"]?["completed"] != nil }
    var finish: String? { info["finish"]?.string }
    /// True for the answer that ends a turn; the gap between two steps is no end.
    var endsTurn: Bool { isAssistant && isComplete && finish != nil && finish != "tool-calls" }

    var json: JSONValue { ["info": .object(info), "parts": .array(parts)] }

    mutating func setTime(_ name: String, _ milliseconds: Int) {
        var time = info["time"]?.object ?? JSONObject()
        time[name] = .int(milliseconds)
        info["time"] = .object(time)
    }
}

/// What one turn did to one file.
struct FileChange: Sendable {
    var messageID: String
    var file: String
    var before: String
    var after: String
    var status: String
}

/// A session and its history.
struct StoredSession: Sendable {
    let id: String
    let slug: String
    let directory: String
    let parentID: String?
    let created: Int
    var title: String
    var updated: Int
    var archived: Int?
    var rules: [PermissionRule]
    var agent: String?
    var model: ModelReference?
    var usage = TokenUsage()
    var messages: [StoredMessage] = []
    var changes: [FileChange] = []
    /// What only wire 2 keeps.
    var wire2 = Wire2Session()
    /// Whether a `permission` was ever given: an empty list is shown, none is not.
    var hasRules: Bool { !rules.isEmpty }
}

/// What wire 2 keeps of a session beyond wire 1.
struct Wire2Session: Sendable, Hashable {
    var variant: String?
    var metadata: JSONValue?
    /// How the last execution ended.
    var outcome: String?
    /// When it ended, in milliseconds since 1970.
    var idle: Int?
    /// Whether rules were ever given: an empty list is shown, none is not.
    var hasRules = false
}

/// A model as the API names it.
struct ModelReference: Sendable, Hashable {
    var providerID: String
    var modelID: String

    /// What answers when the prompt names no model.
    static let scripted = ModelReference(providerID: "simulator", modelID: "scripted")

    init(providerID: String, modelID: String) {
        self.providerID = providerID
        self.modelID = modelID
    }

    /// From `provider/model`.
    init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        let (provider, model) = (text[..<slash], text[text.index(after: slash)...])
        if provider.isEmpty || model.isEmpty { return nil }
        self.init(providerID: String(provider), modelID: String(model))
    }

    init?(_ json: JSONValue?) {
        guard let provider = json?["providerID"]?.string, let model = json?["modelID"]?.string else { return nil }
        self.init(providerID: provider, modelID: model)
    }

    var json: JSONValue { ["providerID": .string(providerID), "modelID": .string(modelID)] }
}

/// Tokens and money, as providers count them.
struct TokenUsage: Sendable, Hashable {
    var input = 0
    var output = 0
    var cost = 0.0

    static func + (left: Self, right: Self) -> Self {
        let input = left.input.addingReportingOverflow(right.input)
        let output = left.output.addingReportingOverflow(right.output)
        return Self(
            input: input.overflow ? .max : input.partialValue, output: output.overflow ? .max : output.partialValue,
            cost: left.cost + right.cost)
    }

    var json: JSONValue {
        [
            "input": .int(input), "output": .int(output), "reasoning": 0,
            "cache": ["read": 0, "write": 0],
        ]
    }
}
