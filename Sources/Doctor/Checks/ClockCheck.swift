import Blocking
import CLinux
import Curl
import Daemon
import DaemonConfiguration
import Glibc
import OpenCode
import Spool
import SystemPackage

/// The machine's clock: task names, schedules and signatures of webhooks depend on it.
struct ClockCheck: DoctorCheck {
    let name = "clock"

    func examine(_ scene: DoctorScene) async -> [DoctorFinding] {
        var facts = ClockFacts(now: Timestamp.now().seconds, isSynchronised: ClockFacts.isSynchronised)
        facts.newest = await BlockingThread.run { Self.newestChange(scene) }
        let servers = await Self.askServers(scene.configuration)
        facts.servers = servers.differences
        facts.jump = servers.jump
        return judge(facts)
    }

    func judge(_ facts: ClockFacts) -> [DoctorFinding] {
        let synchronise = "sudo timedatectl set-ntp true"
        var findings: [DoctorFinding] = []
        if facts.now < ClockFacts.earliest {
            findings.append(
                problem(
                    "it says \(Timestamp(seconds: Int(facts.now), nanoseconds: 0)), which is past", mend: synchronise))
        }
        if let newest = facts.newest, newest > facts.now + ClockFacts.tolerance {
            let seconds = Int(newest - facts.now)
            findings.append(
                problem(
                    "the spool has files from \(seconds) s in the future: the clock was set back, or theirs goes wrong",
                    mend: synchronise))
        }
        if abs(facts.jump) > 1 {
            findings.append(warning("it jumped by \(Int(facts.jump)) s while it was looked at", mend: synchronise))
        }
        for (server, difference) in facts.servers where abs(difference) > ClockFacts.tolerance {
            findings.append(
                warning("that of the server \(server) differs by \(Int(difference)) s", mend: synchronise))
        }
        if facts.isSynchronised == false {
            findings.append(warning("nothing keeps it in step with others' clocks (NTP)", mend: synchronise))
        }
        return findings.isEmpty ? [good(Timestamp(seconds: Int(facts.now), nanoseconds: 0).iso8601)] : findings
    }

    /// When the spool's directories and newest tasks were changed last.
    private static func newestChange(_ scene: DoctorScene) -> Double? {
        guard let spool = scene.spool else { return nil }
        // Whoever drops a file may bring its time along.
        let own = spool.paths.directories.filter { ![spool.paths.inbox, spool.paths.rejected].contains($0) }
        return ([spool.root] + own).flatMap { directory in
            // Names of tasks begin with their time.
            let names = ((try? spool.entries(of: directory)) ?? []).sorted().suffix(100)
            return [directory] + names.map(directory.appending)
        }.compactMap { FileLook($0, followsLink: false)?.modified }.max()
    }

    /// How far the clocks of OpenCode's servers are ahead, by the `Date` of an answer of any status, in seconds; and how
    /// far our own clock jumped meanwhile.
    private static func askServers(
        _ configuration: Configuration
    ) async -> (differences: [(String, Double)], jump: Double) {
        let curl = CurlClient()
        defer { curl.close() }
        var differences: [(String, Double)] = []
        let (wall, start) = (Timestamp.now().seconds, ContinuousClock.now)
        for access in configuration.serverAccesses() {
            let before = Timestamp.now().seconds
            let request = CurlRequest(
                url: access.url + "/global/health", timeout: .seconds(3), maximumBody: 1 << 20)
            guard let answer = try? await curl.send(request), let date = answer.headers["date"],
                let theirs = CurlDate.seconds(date)
            else { continue }
            let after = Timestamp.now().seconds
            // The header has whole seconds, and was written at some moment in between.
            let difference = theirs < before - 1 ? theirs - before : theirs > after ? theirs - after : 0
            differences.append((access.url, difference))
        }
        let passed = (ContinuousClock.now - start) / .seconds(1)
        return (differences, Timestamp.now().seconds - wall - passed)
    }
}

/// What is known of the clock.
struct ClockFacts: Sendable {
    /// Seconds since 1970, as all times here.
    var now: Double
    /// The newest change in the spool.
    var newest: Double?
    /// Nil where the kernel does not tell.
    var isSynchronised: Bool?
    /// How far each server's clock is ahead.
    var servers: [(String, Double)] = []
    /// How much more went by on this clock than really did.
    var jump = 0.0

    /// 2026-01-01: this program is younger.
    static let earliest = 1_767_225_600.0
    /// Receivers of signed webhooks allow for minutes; a difference of this size shows that nobody keeps the clock.
    static let tolerance = 10.0

    init(now: Double, isSynchronised: Bool? = true) {
        self.now = now
        self.isSynchronised = isSynchronised
    }

    /// What adjtimex(2) says, without changing anything.
    static var isSynchronised: Bool? {
        var state = timex()
        let code = adjtimex(&state)
        return code == -1 ? nil : state.status & STA_UNSYNC == 0
    }
}
