/// What the server offers: the scripted model, models that a fault adds for drivers that name others, and agents.
struct Catalogue: Sendable {
    /// In the order of the catalogue; the first is the default.
    let models: [ModelReference]

    static let agents = [(name: "build", mode: "primary"), ("plan", "primary"), ("general", "subagent")]

    /// What every model has.
    static let variants = ["low", "high"]

    init(_ faults: SimulatorFaults) {
        models = [.scripted] + faults.models.compactMap { ModelReference($0) }.filter { $0 != .scripted }
    }

    /// In order, each once.
    var providers: [String] {
        models.map(\.providerID).reduce(into: []) { known, id in
            if !known.contains(id) { known.append(id) }
        }
    }

    func models(of provider: String) -> [String] {
        models.filter { $0.providerID == provider }.map(\.modelID)
    }
}
