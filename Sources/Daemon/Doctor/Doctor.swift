import Blocking
import Connectors
import Curl
package import DaemonConfiguration
import Glibc
import Inotify
import JSON
import OpenCodeHost
import Results
import Spool
package import SystemPackage

/// Looks at everything that the daemon needs. Changes nothing.
package struct Doctor: Sendable {
    private let configuration: Configuration
    private let environment: [String: String]
    private let home: FilePath

    package init(configuration: Configuration, environment: [String: String], home: FilePath) {
        self.configuration = configuration
        self.environment = environment
        self.home = home
    }

    /// Below this the daemon may soon be unable to write.
    private static let leastSpace = 512 << 20

    package func examine() async -> [DoctorFinding] {
        async let servers = ServerFinding.all(of: configuration)
        let local = await BlockingPool.run { () -> [DoctorFinding] in
            [examineConfiguration(), examineSpool(), examineSpace(), examineWatching(), examineGit()]
                + examineResults()
        }
        let found = await servers
        let connectors = await examineConnectors()
        return local + connectors + found.map(describe) + [examineProgram(isNeeded: found.allSatisfy(\.isAbsent))]
    }

    private func examineConfiguration() -> DoctorFinding {
        let file = configuration.file.map { "\($0)" } ?? "no file, all defaults"
        guard let warning = configuration.warnings.first else { return DoctorFinding("configuration", .good, file) }
        return DoctorFinding("configuration", .warning, "\(file): \(warning) (`openloom config` shows all)")
    }

    private func examineSpool() -> DoctorFinding {
        let path = configuration.spool.path
        do throws(SpoolError) {
            let spool = try SpoolDirectory(opening: path)
            guard path.withPlatformString({ access($0, R_OK | W_OK | X_OK) }) == 0 else {
                return DoctorFinding("spool", .problem, "\(path) can't be written to: \(Errno(rawValue: errno))")
            }
            let counts = try TaskState.allCases.map { state throws(SpoolError) in
                "\(try spool.list(state).count) \(state.rawValue)"
            }
            return DoctorFinding("spool", .good, "\(path): \(counts.joined(separator: ", "))")
        } catch {
            if error.code == .spoolMissing {
                return DoctorFinding(
                    "spool", .warning, "\(path) is not there yet; `openloom serve` or `openloom init` makes it")
            }
            return DoctorFinding("spool", .problem, "\(error)")
        }
    }

    /// The spool, or the nearest directory above it that is there.
    private var existing: FilePath? {
        var path = configuration.spool.path
        while path.withPlatformString({ access($0, F_OK) }) != 0 {
            guard path.removeLastComponent() else { return nil }
        }
        return path
    }

    private func examineSpace() -> DoctorFinding {
        var information = statvfs()
        guard let path = existing, path.withPlatformString({ statvfs($0, &information) }) == 0 else {
            return DoctorFinding("space", .warning, "can't tell how much is free on the spool's filesystem")
        }
        let free = Int(clamping: information.f_bavail).multipliedReportingOverflow(by: Int(information.f_frsize))
        let bytes = free.overflow ? Int.max : free.partialValue
        let shown = "\(bytes >> 20) MiB free on the spool's filesystem"
        if bytes >= Self.leastSpace { return DoctorFinding("space", .good, shown) }
        return DoctorFinding("space", .problem, "\(shown); tasks wait when it is full: make room")
    }

    private func examineWatching() -> DoctorFinding {
        if configuration.spool.watch == .timer {
            return DoctorFinding(
                "changes", .good, "looked for every \(configuration.spool.pollInterval), as spool.watch says")
        }
        guard let path = existing, DirectoryWatcher.eventsAreReliable(on: path) else {
            return DoctorFinding(
                "changes", .warning,
                "the spool's filesystem tells nothing of changes made elsewhere; it is looked at on a timer")
        }
        return DoctorFinding("changes", .good, "told by inotify")
    }

    private func examineGit() -> DoctorFinding {
        if let path = try? ProgramSearch.find("git", environment: environment, home: home) {
            return DoctorFinding("git", .good, "\(path)")
        }
        return DoctorFinding(
            "git", .warning,
            "git is not on PATH: changes are found by walking each workspace, and there are no patches; install it")
    }

    private func examineResults() -> [DoctorFinding] {
        let settings = configuration.resultSettings
        guard settings.isWanted else { return [] }
        let problems = settings.problems()
        guard problems.isEmpty else {
            return problems.map { DoctorFinding("results", .problem, "they wait: \($0)") }
        }
        let places = [settings.outbox.map { "results in \($0)" }, settings.archive.map { "sources in \($0)" }]
        return [DoctorFinding("results", .good, places.compactMap { $0 }.joined(separator: ", "))]
    }

    /// Lists each inbox, as the daemon does.
    private func examineConnectors() async -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        let curl = CurlClient()
        defer { curl.close() }
        for remote in configuration.connectors {
            let connector = remote.connector(home: home, environment: environment, curl: curl)
            let name = "connector \(remote.name)"
            do throws(ConnectorError) {
                if let inbox = remote.inbox {
                    if let files = try await connector.list(inbox) {
                        let directory = inbox.isEmpty ? "it" : inbox
                        findings.append(
                            DoctorFinding(
                                name, .good, "\(remote.place(home: home)): \(files.count) files in \(directory)"))
                    } else {
                        let directory = inbox.isEmpty ? remote.place(home: home) : inbox
                        findings.append(DoctorFinding(name, .warning, "\(directory) is not there; make it"))
                    }
                } else {
                    for file in remote.files {
                        let bytes = try await connector.download(file, limit: configuration.limits.fileBytes)
                        findings.append(
                            DoctorFinding(name, .good, "\(file): \(bytes.map { "\($0.count) bytes" } ?? "not there")"))
                    }
                }
            } catch {
                findings.append(DoctorFinding(name, .problem, "\(error)"))
            }
        }
        return findings
    }

    private func describe(_ server: ServerFinding) -> DoctorFinding {
        DoctorFinding("opencode", server.isUsable ? .good : .problem, server.message, details: server.json)
    }

    /// The program matters to whoever has no server, and to the daemon that is to start it.
    private func examineProgram(isNeeded: Bool) -> DoctorFinding {
        let wanted = configuration.opencode.command
        do throws(ServerHostError) {
            let program = try ProgramSearch.find(wanted, environment: environment, home: home)
            let advice =
                configuration.opencode.autoStart
                ? "started where no server answers"
                : isNeeded ? "start `\(wanted) serve`, or set opencode.auto_start: true" : "not needed"
            return DoctorFinding("program", .good, "\(program): \(advice)")
        } catch {
            return DoctorFinding("program", isNeeded ? .problem : .good, isNeeded ? "\(error)" : "not needed")
        }
    }
}
