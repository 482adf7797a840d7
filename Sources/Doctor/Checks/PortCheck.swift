import Blocking
import Console
import Curl
import DaemonConfiguration
import Glibc
import JSON
import Spool
import SystemPackage

/// The address of the REST API: free, or our own daemon's.
struct PortCheck: DoctorCheck {
    let name = "port"

    func examine(_ scene: DoctorScene) async -> [DoctorFinding] {
        let server = scene.configuration.server
        var findings = await BlockingThread.run { Self.socketFindings(scene) }
        if !HTTPAddress.isLoopback(server.host) {
            findings.append(
                warning(
                    "\(server.host) is reached by other machines, and nothing is encrypted: put a proxy with TLS before it",
                    mend: "server.host: 127.0.0.1"))
        }
        return findings + [await self.address(scene, server.host, server.port)]
    }

    private func address(_ scene: DoctorScene, _ host: String, _ port: Int) async -> DoctorFinding {
        if port == 0 { return good("server.port is 0: any free port is taken") }
        let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        switch await BlockingThread.run({ Listening.tryToBind(host, port) }) {
        case .free: return good("\(place) is free")
        case .taken: return await occupant(scene, host, port, place)
        case .unknownHost:
            return problem("server.host \(host) has no address", mend: "server.host: 127.0.0.1")
        case .failed(let code):
            let what = "the API can't listen on \(place): \(code)"
            if code == .permissionDenied {
                return problem("\(what); ports below 1024 are for root", mend: "server.port: 8967")
            }
            return problem(what, mend: "server.host: an address of this machine")
        }
    }

    /// Somebody listens there: us, or a stranger.
    private func occupant(_ scene: DoctorScene, _ host: String, _ port: Int, _ place: String) async -> DoctorFinding {
        let card = await BlockingThread.run { Self.card(scene, port) }
        let isEverywhere = ["0.0.0.0", "::"].contains(host)
        let target = isEverywhere ? "127.0.0.1:\(port)" : place
        let curl = CurlClient()
        defer { curl.close() }
        let request = CurlRequest(
            url: "http://\(target)/livez", timeout: .seconds(5), maximumBody: 1 << 16)
        let answer = try? await curl.send(request)
        let isAlive = answer.flatMap { try? JSONValue(parsing: $0.body) }?["status"]?.string == "ok"
        let other = "server.port: another one; `ss -ltnp sport = :\(port)` shows who has this"
        switch (card, isAlive) {
        case (let card?, true): return good("\(place) is our daemon's (pid \(card.pid)), and it answers")
        case (let card?, false):
            return problem(
                "our daemon (pid \(card.pid)) has \(place) and does not answer /livez within 5 s",
                mend: "kill -TERM \(card.pid), then \(scene.command("serve"))")
        case (nil, true):
            // A container's, say, whose processes and name are not ours.
            if await BlockingThread.run({ Self.isOnACard(scene, port) }) {
                return warning("\(place) is an openloom's; a daemon of this spool that we can't see has that port")
            }
            return problem("another openloom, on another spool, has \(place)", mend: other)
        case (nil, false):
            let status = answer.map { "its answer has status \($0.status)" } ?? "it does not speak HTTP"
            return problem("something else has \(place): \(status)", mend: other)
        }
    }

    /// The daemon of our spool that says it listens there.
    private static func card(_ scene: DoctorScene, _ port: Int) -> DaemonPresence? {
        guard let spool = scene.spool, let daemon = scene.daemonHere else { return nil }
        let path = spool.paths.nodes.appending("\(daemon.node).json")
        return (try? spool.readJSON(path, limit: 1 << 20))?["port"]?.int == port ? daemon : nil
    }

    /// Whether any daemon of our spool, wherever it runs, says that it listens there.
    private static func isOnACard(_ scene: DoctorScene, _ port: Int) -> Bool {
        guard let spool = scene.spool else { return false }
        return ((try? spool.entries(of: spool.paths.nodes)) ?? []).prefix(1000).contains { name in
            (try? spool.readJSON(spool.paths.nodes.appending(name), limit: 1 << 20))?["port"]?.int == port
        }
    }

    private static func socketFindings(_ scene: DoctorScene) -> [DoctorFinding] {
        guard let path = scene.configuration.server.socket else { return [] }
        let directory = path.removingLastComponent()
        guard FileLook(directory)?.kind == .directory, FileLook.allows(directory, W_OK | X_OK) else {
            return [
                DoctorFinding(
                    "port", .problem, "server.socket: \(directory) is no directory that can be written to",
                    mend: "mkdir -p \(directory.word)")
            ]
        }
        if let look = FileLook(path, followsLink: false), look.kind != .other {
            return [
                DoctorFinding(
                    "port", .problem, "server.socket: \(path) is there, and no socket",
                    mend: "server.socket: another path")
            ]
        }
        return [DoctorFinding("port", .good, "server.socket: \(path)")]
    }
}

/// Whether a TCP port could be listened on.
enum Listening {
    enum Outcome: Sendable, Equatable {
        case free
        case taken
        case unknownHost
        case failed(Errno)
    }

    /// Binds as the daemon would, but does not listen: nobody can connect, and the port is free again at once.
    static func tryToBind(_ host: String, _ port: Int) -> Outcome {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let first = list else { return .unknownHost }
        defer { freeaddrinfo(list) }
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(first.pointee.ai_family, type, 0)
        guard descriptor >= 0 else { return .failed(Errno(rawValue: errno)) }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        if bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 { return .free }
        let code = Errno(rawValue: errno)
        return code == .addressInUse ? .taken : .failed(code)
    }
}
