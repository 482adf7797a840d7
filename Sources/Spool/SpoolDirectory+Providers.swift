import JSON
import SystemPackage

/// Providers that are not asked for now. One daemon at a time writes these files; anybody may read them, and remove one
/// to have the provider asked at once.
extension SpoolDirectory {
    /// All that are held, by the names of their files. One that can't be read holds nobody.
    package func providerHolds() throws(SpoolError) -> [ProviderHold] {
        var holds: [ProviderHold] = []
        for file in try entries(of: paths.providers) where file.hasSuffix(".json") && !file.hasPrefix(".") {
            let json: JSONValue? = (try? readJSON(paths.providers.appending(file), limit: 1 << 20)) ?? nil
            if let hold = json.flatMap(ProviderHold.init(json:)) { holds.append(hold) }
        }
        return holds
    }

    /// Notes that a provider has reached its limit: its tasks are held from the return on, also after a crash.
    ///
    /// Several tasks that meet the same limit at once count once, and the latest time is kept.
    ///
    /// - Parameter wait: How long to wait when it has said so `count` times in a row.
    /// - Returns: Until when it is held.
    @discardableResult
    package func holdProvider(
        _ provider: String, unnamed: Bool, reason: String, now: Timestamp = .now(),
        until wait: @Sendable (_ count: Int) -> Timestamp
    ) throws(SpoolError) -> Timestamp {
        try changing { () throws(SpoolError) in
            let before = try providerHolds().first { $0.provider == provider }
            let isSame = before.map { now < $0.until } ?? false
            let count = (before?.count ?? 0) + (isSame ? 0 : 1)
            let until = max(wait(count), isSame ? before?.until ?? now : now)
            let hold = ProviderHold(
                provider: provider, holdsUnnamed: unnamed || before?.holdsUnnamed ?? false, until: until,
                since: before?.since ?? now, reason: reason, count: count)
            try DurableFile.write(hold.json.pretty, to: paths.provider(provider))
            return until
        }
    }

    /// Notes which task finds out whether the provider answers again. Before it is claimed: a crash in between leaves a
    /// probe that does not run, and another one is chosen.
    package func setProbe(_ id: TaskID, of provider: String) throws(SpoolError) {
        try changing { () throws(SpoolError) in
            guard var hold = try providerHolds().first(where: { $0.provider == provider }), hold.probe != id else {
                return
            }
            hold.probe = id
            try DurableFile.write(hold.json.pretty, to: paths.provider(provider))
        }
    }

    /// The provider has worked for its probe: its tasks are held no longer.
    ///
    /// - Returns: Whether the task was a probe.
    package func releaseProviders(probedBy id: TaskID) throws(SpoolError) -> Bool {
        // As a rule nobody is held.
        guard try providerHolds().contains(where: { $0.probe == id }) else { return false }
        return try releaseProviders { $0.probe == id }
    }

    private func releaseProviders(_ fits: (ProviderHold) -> Bool) throws(SpoolError) -> Bool {
        try changing { () throws(SpoolError) in
            let probed = try providerHolds().filter(fits)
            for hold in probed { try unmark(paths.provider(hold.provider)) }
            return !probed.isEmpty
        }
    }

    /// Reading and writing are one step among all who do it.
    private func changing<Value>(_ body: () throws(SpoolError) -> Value) throws(SpoolError) -> Value {
        let lock = try FileLock(paths.temporary.appending(".providers-lock"), wait: true)
        defer { lock.release() }
        return try body()
    }
}
