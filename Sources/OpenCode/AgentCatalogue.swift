import JSON

/// The models and agents that a server has for a directory.
struct AgentCatalogue {
    /// `provider/model`, with the variants of each. Nil where the server does not tell of any.
    var models: [String: [String]]?
    var agents: [String]?

    /// Returns if all that the choice names is there.
    ///
    /// Servers take a wrong name without a word and then fail in ways that say nothing, so it is found out before.
    func check(_ choice: AgentChoice) throws(AgentError) {
        _ = try choice.splitModel()
        if let model = choice.model, let models {
            guard let variants = models[model] else {
                throw unknown("model", model, Array(models.keys), hint: "`opencode models` lists them")
            }
            if let variant = choice.variant, !variants.contains(variant) {
                throw unknown("variant", variant, variants, hint: "those are the variants of \(model)")
            }
        }
        if let agent = choice.agent, let agents, !agents.contains(agent) {
            throw unknown("agent", agent, agents, hint: "`opencode agent list` lists them")
        }
    }

    private func unknown(_ what: String, _ name: String, _ known: [String], hint: String) -> AgentError {
        let shown = known.sorted().prefix(12).joined(separator: ", ")
        let list = known.isEmpty ? "has none" : "has \(shown)\(known.count > 12 ? ", …" : "") (\(hint))"
        return AgentError(
            .refused, "the OpenCode server has no \(what) \"\(name)\"; it \(list)", wasPossiblyReceived: false)
    }

    /// Variants are a mapping by name in one version, and a list of names or objects in another.
    static func variants(_ json: JSONValue?) -> [String] {
        if let members = json?.object { return members.map(\.0) }
        return (json?.array ?? []).compactMap { $0.string ?? $0["id"]?.string ?? $0["name"]?.string }
    }
}
