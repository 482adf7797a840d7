import JSON
import SystemPackage

/// What each key came to, while a configuration is put together.
struct ConfigurationValues {
    private(set) var outcomes: [String: ConfigurationOutcome] = [:]
    var problems: ConfigurationProblems

    init(_ sources: ConfigurationSources) {
        problems = sources.problems
        for key in ConfigurationKeys.all {
            outcomes[key.name] = key.resolve(sources.candidates[key.name] ?? [], &problems)
        }
    }

    /// The value that is in force, given or not.
    subscript<Value>(key: ConfigurationKey<Value>) -> Value {
        guard let outcome = outcomes[key.name], let value = outcome.value as? Value else { return key.fallback }
        return value
    }

    func origin(of key: String) -> ConfigurationOrigin { outcomes[key]?.origin ?? .standard }

    /// The default of a key that depends on others. Does nothing if the key is given, or has one already.
    mutating func setDefault<Value>(_ key: ConfigurationKey<Value>, _ value: Value) {
        guard outcomes[key.name] == nil else { return }
        outcomes[key.name] = ConfigurationOutcome(
            value: value, shown: key.kind.show(value), origin: .standard, otherName: nil)
    }

    mutating func set<Value>(_ key: ConfigurationKey<Value>, _ value: Value, from origin: ConfigurationOrigin) {
        outcomes[key.name] = ConfigurationOutcome(
            value: value, shown: key.kind.show(value), origin: origin, otherName: nil)
    }

    /// Takes the password from its file, unless the environment gives it.
    mutating func readPassword() {
        let key = ConfigurationKeys.opencodePassword
        guard outcomes[key.name] == nil, let path = self[ConfigurationKeys.opencodePasswordFile] else { return }
        let fileKey = ConfigurationKeys.opencodePasswordFile.name
        switch SecretFile.read(path) {
        case .success(let secret): set(key, secret, from: .file(path, line: nil))
        case .failure(let fault): addProblem(fileKey, fault.message)
        }
    }

    /// Takes the passwords of several servers from their files. One without a file has the password of all.
    mutating func readServerPasswords() {
        let key = ConfigurationKeys.opencodeServers
        var servers = self[key]
        guard !servers.isEmpty else { return }
        for index in servers.indices {
            guard let path = servers[index].passwordFile else { continue }
            switch SecretFile.read(path) {
            case .success(let secret): servers[index].password = secret
            case .failure(let fault):
                var place = origin(of: key.name)
                if case .file(let file, _) = place { place = .file(file, line: servers[index].line) }
                problems.add(
                    ConfigurationProblem(
                        origin: place, key: "\(key.name).\(index + 1).password_file", message: fault.message))
            }
        }
        set(key, servers, from: origin(of: key.name))
    }

    /// Takes the secrets of webhooks from their files.
    mutating func readWebhookSecrets() {
        let key = ConfigurationKeys.notifyWebhook
        var webhooks = self[key]
        guard webhooks.contains(where: { !$0.secretFiles.isEmpty }) else { return }
        for index in webhooks.indices {
            for path in webhooks[index].secretFiles {
                switch SecretFile.read(path) {
                case .success(let secret): webhooks[index].secrets.append(secret)
                case .failure(let fault):
                    var place = origin(of: key.name)
                    if case .file(let file, _) = place { place = .file(file, line: webhooks[index].line) }
                    problems.add(
                        ConfigurationProblem(
                            origin: place, key: "\(key.name).\(index + 1).secret_file", message: fault.message))
                }
            }
        }
        set(key, webhooks, from: origin(of: key.name))
    }

    /// Notes a problem where the key was given.
    mutating func addProblem(_ key: String, _ message: String) {
        let origin = origin(of: key)
        // A variable or option that stands for a key names itself; a default has nothing but the key.
        let label: String? =
            switch origin {
            case .file, .standard: outcomes[key]?.otherName ?? key
            case .environment, .flag: nil
            }
        problems.add(ConfigurationProblem(origin: origin, key: label, message: message))
    }

    /// A sentence for each setting that was given and does nothing.
    func warnings(besides used: [String: String]) -> [String] {
        ConfigurationKeys.all.compactMap { key in
            guard let outcome = outcomes[key.name], outcome.shown != key.shownFallback, used[key.name] == nil else {
                return nil
            }
            let name = "\(outcome.otherName ?? key.name) (\(outcome.origin))"
            return switch key.use {
            case .inForce: nil
            case .ofConnector: "\(name) has no effect without storage.class"
            case .meaningless(let why): "\(name) has no meaning here: \(why)"
            }
        }
    }

    /// What there is to show: every key that is in force, and every other one that was given.
    func entries(_ used: [String: String]) -> [ConfigurationEntry] {
        ConfigurationKeys.all.compactMap { key in
            let outcome = outcomes[key.name]
            if outcome == nil, key.use != .inForce { return nil }
            var notes: [String] = []
            if let other = outcome?.otherName { notes.append("written as \(other)") }
            switch key.use {
            case .inForce: break
            case .ofConnector: notes.append(used[key.name] ?? "has no effect without storage.class")
            case .meaningless(let why): notes.append("has no meaning here: \(why)")
            }
            return ConfigurationEntry(
                key: key.name, json: outcome?.shown ?? key.shownFallback, origin: outcome?.origin ?? .standard,
                note: notes.isEmpty ? nil : notes.joined(separator: "; ")
            )
        }
    }
}
