import Connectors
import Curl
import Daemon
import DaemonConfiguration
import Glibc

/// Each connector: its inbox is listed, as the daemon does it, and so are its other places.
struct ConnectorsCheck: DoctorCheck {
    let name = "connectors"
    let patience = Duration.seconds(90)

    /// What we put into storage to see whether that works; no task file is called so.
    private static let probe = ".openloom-doctor"

    func examine(_ scene: DoctorScene) async -> [DoctorFinding] {
        let remotes = scene.configuration.connectors
        if remotes.isEmpty { return [good("none is configured")] }
        return await withTaskGroup(of: (Int, [DoctorFinding]).self) { group in
            for (index, remote) in remotes.enumerated() {
                group.addTask { (index, await examine(remote, scene)) }
            }
            var found: [(Int, [DoctorFinding])] = []
            for await findings in group { found.append(findings) }
            return found.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }

    private func examine(_ remote: ConfigurationRemote, _ scene: DoctorScene) async -> [DoctorFinding] {
        let curl = CurlClient()
        defer { curl.close() }
        let storage = remote.connector(home: scene.home, environment: scene.environment, curl: curl)
        let limit = scene.configuration.limits.fileBytes
        let shown = remote.place(home: scene.home)
        let (findings, name) = await Self.look(at: remote, storage, shown: shown, limit: limit)
        guard scene.writesToConnectors else { return findings }
        return findings + [await Self.write(to: remote, storage, name)]
    }

    /// Reads only.
    static func look(
        at remote: ConfigurationRemote, _ connector: any Connector, shown: String, limit: Int
    ) async -> (findings: [DoctorFinding], name: String) {
        let name = "connector \(remote.name)"
        let start = ContinuousClock.now
        var words: [String] = []
        var findings: [DoctorFinding] = []
        do throws(ConnectorError) {
            if let inbox = remote.inbox {
                let place = inbox.isEmpty ? shown : inbox
                if let files = try await connector.list(inbox) {
                    words.append("\(files.count) files in \(inbox.isEmpty ? "it" : inbox)")
                } else {
                    findings.append(
                        DoctorFinding(
                            name, .warning, "\(place) is not there", mend: "make it, or connectors.\(remote.name).inbox"
                        ))
                }
            }
            for file in remote.files {
                let bytes = try await connector.download(file, limit: limit)
                words.append("\(file): \(bytes.map { "\($0.count) bytes" } ?? "not there")")
            }
            for place in [remote.outbox, remote.archive].compactMap(\.self) where remote.inbox != nil {
                let files = try await connector.list(place)
                words.append(files.map { "\($0.count) in \(place)" } ?? "\(place) is made when it is needed")
            }
        } catch {
            // Storage with a URL is ours to explain; a program explains itself.
            let mend = remote.storage == nil ? "the program's own message says what is missing" : nil
            findings.append(DoctorFinding(name, .problem, "\(error)", mend: mend))
        }
        if findings.isEmpty {
            let seconds = ((ContinuousClock.now - start) / .milliseconds(1)).rounded() / 1000
            findings.append(
                DoctorFinding(name, .good, "\(shown): \(words.joined(separator: ", ")) (\(seconds) s)"))
        }
        return (findings, name)
    }

    /// Puts a file where results go, reads it, moves it and deletes it.
    static func write(
        to remote: ConfigurationRemote, _ connector: any Connector, _ name: String
    ) async -> DoctorFinding {
        guard let outbox = remote.outbox else {
            return DoctorFinding(name, .skipped, "no outbox: there is no place to write to")
        }
        let place = RemotePath.join(outbox, "\(probe)-\(getpid())")
        let moved = place + ".moved"
        let bytes = Array("openloom doctor\n".utf8)
        var step = "upload"
        do throws(ConnectorError) {
            try await connector.upload(bytes, to: place)
            step = "download"
            guard try await connector.download(place, limit: 1 << 16) == bytes else {
                throw ConnectorError(.failed, "what comes back is not what was put there")
            }
            step = "move"
            try await connector.move(place, to: moved)
            step = "delete"
            try await connector.delete(moved)
            return DoctorFinding(name, .good, "upload, download, move and delete work in \(outbox)")
        } catch {
            try? await connector.delete(place)
            try? await connector.delete(moved)
            if error.kind == .unsupported {
                let rest =
                    step == "delete" ? "; \(moved) is left there" : step == "move" ? "; \(place) may be left there" : ""
                return DoctorFinding(
                    name, .warning, "the storage knows no \(step): files stay where they are in the inbox\(rest)")
            }
            return DoctorFinding(name, .problem, "\(step) fails in \(outbox): \(error)")
        }
    }
}
