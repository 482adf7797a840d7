import Synchronization

/// All checks, made at the same time, each in its own bounded time.
package struct Examination: Sendable {
    /// In the order in which they are reported: what others depend on comes first.
    package static let all: [any DoctorCheck] = [
        ConfigurationCheck(), SpoolCheck(), PermissionsCheck(), SecretsCheck(), FilesystemCheck(), OperationsCheck(),
        SpaceCheck(), ChangesCheck(), DaemonCheck(), TasksCheck(), ClockCheck(), TimeZoneCheck(), LimitsCheck(),
        PortCheck(), OpenCodeCheck(), ModelsCheck(), ProgramCheck(), GitCheck(), WorkspacesCheck(), CommandsCheck(),
        SchedulesCheck(),
        ResultsCheck(), ConnectorsCheck(), WebhooksCheck(), DeliveriesCheck(), SourcesCheck(),
    ]

    package let checks: [any DoctorCheck]

    package init(_ checks: [any DoctorCheck] = Self.all) { self.checks = checks }

    /// - Parameter onProgress: Told the names of the checks that are not done yet, at first and whenever one is.
    /// - Returns: The findings in the order of the checks, whatever their order in time was.
    package func examine(
        _ scene: DoctorScene, onProgress: @escaping @Sendable (_ unfinished: [String]) -> Void = { _ in }
    ) async -> [DoctorFinding] {
        let unfinished = Mutex(checks.map(\.name))
        onProgress(checks.map(\.name))
        return await withTaskGroup(of: (Int, [DoctorFinding]).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await Self.bounded(check, scene)) }
            }
            var found: [(Int, [DoctorFinding])] = []
            for await result in group {
                found.append(result)
                let rest = unfinished.withLock { names in
                    names.removeAll { $0 == checks[result.0].name }
                    return names
                }
                onProgress(rest)
            }
            return found.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }

    /// Neither a cancelled task nor a closed descriptor ends a call that hangs in the kernel, so a check that is late is
    /// left behind.
    private static func bounded(_ check: any DoctorCheck, _ scene: DoctorScene) async -> [DoctorFinding] {
        let answer = FirstAnswer()
        let work = Task { answer.give(await check.examine(scene)) }
        let clock = Task {
            try await Task.sleep(for: check.patience)
            let message = "it did not end within \(check.patience): what it looks at hangs"
            answer.give([DoctorFinding(check.name, .problem, message)])
        }
        var findings = await answer.wait()
        work.cancel()
        clock.cancel()
        for index in findings.indices { findings[index].check = check.name }
        return findings
    }
}

/// The first of several answers.
private final class FirstAnswer: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<[DoctorFinding], Never>)
        case given([DoctorFinding])
        case over
    }

    private let state = Mutex(State.open)

    func give(_ findings: [DoctorFinding]) {
        let waiting: CheckedContinuation<[DoctorFinding], Never>? = state.withLock {
            switch $0 {
            case .open: $0 = .given(findings)
            case .awaited(let waiting):
                $0 = .over
                return waiting
            case .given, .over: break
            }
            return nil
        }
        waiting?.resume(returning: findings)
    }

    /// To be called once.
    func wait() async -> [DoctorFinding] {
        await withCheckedContinuation { continuation in
            let findings: [DoctorFinding]? = state.withLock {
                if case .given(let findings) = $0 {
                    $0 = .over
                    return findings
                }
                $0 = .awaited(continuation)
                return nil
            }
            if let findings { continuation.resume(returning: findings) }
        }
    }
}
