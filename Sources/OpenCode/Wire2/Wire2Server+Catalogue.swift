import JSON

extension Wire2Server {
    package func check(_ choice: AgentChoice, in directory: String) async throws(AgentError) {
        if choice == AgentChoice() { return }
        let query = Self.location(directory)
        // Waits until the location's configuration and plugins are in place; the lists are short before.
        _ = try await client.exchange("GET", "/api/integration", query: query)
        var catalogue = AgentCatalogue()
        if choice.model != nil {
            var models: [String: [String]] = [:]
            for model in try await client.call("GET", "/api/model", query: query).json["data"]?.array ?? [] {
                guard let name = Self.modelName(model) else { continue }
                models[name] = AgentCatalogue.variants(model["variants"])
            }
            catalogue.models = models
        }
        if choice.agent != nil {
            let answer = try await client.call("GET", "/api/agent", query: query).json
            catalogue.agents = answer["data"]?.array?.compactMap { $0["id"]?.string ?? $0["name"]?.string }
        }
        try catalogue.check(choice)
    }
}
