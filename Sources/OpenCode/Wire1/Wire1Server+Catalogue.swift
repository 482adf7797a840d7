import JSON

extension Wire1Server {
    package func check(_ choice: AgentChoice, in directory: String) async throws(AgentError) {
        if choice == AgentChoice() { return }
        let query = [("directory", directory)]
        var catalogue = AgentCatalogue()
        if choice.model != nil {
            let answer = try await client.call("GET", "/config/providers", query: query).json
            var models: [String: [String]] = [:]
            for provider in answer["providers"]?.array ?? [] {
                guard let id = provider["id"]?.string, let offered = provider["models"]?.object else { continue }
                for (name, model) in offered { models["\(id)/\(name)"] = AgentCatalogue.variants(model["variants"]) }
            }
            catalogue.models = models
        }
        if choice.agent != nil {
            let answer = try await client.call("GET", "/agent", query: query).json
            catalogue.agents = answer.array?.compactMap { $0["name"]?.string }
        }
        try catalogue.check(choice)
    }
}
