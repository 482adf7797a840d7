import Curl
import Glibc
import Spool
import SystemPackage

/// Settings that are right each by itself and wrong together. Each message names both.
extension ConfigurationValues {
    mutating func check() {
        typealias Keys = ConfigurationKeys
        // A silence can only be seen at a check, and a turn that may be silent for its whole time never stalls.
        require(Keys.checkInterval, lessThan: Keys.stall)
        require(Keys.stall, lessThan: Keys.timeout)
        require(Keys.startTimeout, lessThan: Keys.timeout)
        checkServer()
        checkServers()
        checkInbox()
        checkResults()
        checkWorkspaces()
    }

    private mutating func require(_ low: ConfigurationKey<Duration>, lessThan high: ConfigurationKey<Duration>) {
        guard self[low] >= self[high] else { return }
        // The default is not what somebody got wrong.
        if origin(of: high.name) == .standard {
            addProblem(low.name, "is \(shown(low)), but should be less than \(described(high)); change one of them")
        } else {
            addProblem(high.name, "is \(shown(high)), but should be more than \(described(low)); change one of them")
        }
    }

    private func shown<Value>(_ key: ConfigurationKey<Value>) -> String { key.kind.show(self[key]).shown }

    /// `harness.stall_seconds, which is 600 (default)`
    private func described<Value>(_ key: ConfigurationKey<Value>) -> String {
        "\(outcomes[key.name]?.otherName ?? key.name), which is \(shown(key)) (\(origin(of: key.name)))"
    }

    // MARK: server

    private mutating func checkServer() {
        typealias Keys = ConfigurationKeys
        let (host, port) = (self[Keys.serverHost], self[Keys.serverPort])
        guard HTTPAddress.isLoopback(host) || self[Keys.serverTokenFile] != nil else {
            addProblem(
                Keys.serverHost.name,
                "\(host) can be reached from other machines, and nothing asks them who they are; "
                    + "set server.token_file, so that callers need a token; "
                    + "or use 127.0.0.1, ::1 or localhost, and a tunnel (ssh -L \(port):127.0.0.1:\(port)) from elsewhere"
            )
            return
        }
        guard let other = try? HTTPAddress(url: self[Keys.opencodeURL]) else { return }
        if port != 0, other.port == port, other.isLoopback {
            let key = origin(of: Keys.opencodeURL.name) == .standard ? Keys.serverPort.name : Keys.opencodeURL.name
            addProblem(
                key,
                "opencode.url, which is \(shown(Keys.opencodeURL)) (\(origin(of: Keys.opencodeURL.name))), is "
                    + "openloom's own address: \(described(Keys.serverPort)); change one of them"
            )
        }
    }

    private mutating func checkServers() {
        typealias Keys = ConfigurationKeys
        guard !self[Keys.opencodeServers].isEmpty else { return }
        if origin(of: Keys.opencodeURL.name) != .standard {
            addProblem(
                Keys.opencodeServers.name,
                "names the servers, and \(described(Keys.opencodeURL)) names one too; remove one of them")
        }
        if self[Keys.opencodeAutoStart] {
            addProblem(
                Keys.opencodeAutoStart.name,
                "starts one server, and opencode.servers names others; remove one of them")
        }
    }

    // MARK: directories

    private mutating func checkInbox() {
        typealias Keys = ConfigurationKeys
        guard let spool = self[Keys.spoolPath], let inbox = self[Keys.inboxPath] else { return }
        let paths = SpoolPaths(root: spool)
        // Everything in the inbox is taken away as a drop: that must not be the spool's own files.
        guard spool.starts(with: inbox) || (inbox.starts(with: spool) && !inbox.starts(with: paths.inbox)) else {
            return
        }
        let key = origin(of: Keys.inboxPath.name) == .standard ? Keys.spoolPath.name : Keys.inboxPath.name
        addProblem(
            key,
            "the inbox \(inbox) and \(described(Keys.spoolPath)) lie in each other; "
                + "name a directory of its own, or leave it out for \(paths.inbox)"
        )
    }

    private mutating func checkResults() {
        typealias Keys = ConfigurationKeys
        guard let spool = self[Keys.spoolPath], let inbox = self[Keys.inboxPath] else { return }
        for key in [Keys.resultOutbox, Keys.resultArchive] {
            guard let path = self[key] else { continue }
            // What lies there is the spool's own, and read as such.
            if path.starts(with: spool), !path.starts(with: inbox) {
                addProblem(key.name, "\(path) lies in the spool; name a directory outside of it, or in the inbox")
            }
        }
        // A source that is put where files are taken from would become a task again and again.
        if let archive = self[Keys.resultArchive], archive.starts(with: inbox) {
            addProblem(
                Keys.resultArchive.name,
                "\(archive) lies in the inbox \(inbox), where every file becomes a task; name a directory outside of it"
            )
        }
    }

    private mutating func checkWorkspaces() {
        typealias Keys = ConfigurationKeys
        guard let allowed = self[Keys.workspacesAllow] else { return }
        let roots = allowed.map(Self.resolved)
        let isInside: (FilePath) -> Bool = { path in
            let path = Self.resolved(path)
            return roots.contains { path.starts(with: $0) }
        }
        let reason = "lies in none of \(described(Keys.workspacesAllow)); every task there would be rejected"
        for project in self[Keys.workspaces] where !isInside(project.path) {
            var origin = origin(of: Keys.workspaces.name)
            if case .file(let path, _) = origin { origin = .file(path, line: project.line) }
            problems.add(
                ConfigurationProblem(
                    origin: origin, key: "workspaces.\(project.name)", message: "\(project.path) \(reason)"))
        }
        if let path = self[Keys.inboxWorkspace], !isInside(path) {
            addProblem(Keys.inboxWorkspace.name, "\(path) \(reason)")
        }
    }

    /// With symbolic links followed, as far as the path is there.
    private static func resolved(_ path: FilePath) -> FilePath {
        guard let real = path.withPlatformString({ realpath($0, nil) }) else { return path }
        defer { free(real) }
        return FilePath(platformString: real)
    }
}
