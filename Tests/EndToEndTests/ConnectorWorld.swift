import Connectors
import Glibc
import JSON
import Spool
import SystemPackage
import Testing

/// A world with a connector: storage that only a program in `~/.openloom/connectors` reaches.
extension World {
    /// Storage in the directory `remote`, behind `contrib/connectors/directory`.
    ///
    /// - Parameters:
    ///   - members: More members of the connector's configuration.
    ///   - program: Instead of that program: one of `contrib/connectors`, installed under its own name.
    convenience init(
        connector members: String, program: String = "directory", arguments: String? = nil, archive: String? = "old"
    ) throws {
        try self.init(configuration: ["inbox: {settle_s: 0.01}"])
        try Files.makeDirectory(remote.appending("in"))
        try install(program)
        let place = archive.map { ", archive: \($0)" } ?? ""
        configuration.append(
            "connectors: {share: {program: \(program), args: [\"\(arguments ?? remote.string)\"], inbox: in, "
                + "outbox: out\(place), workspace: \(try workspace()), poll_interval_s: 0.1\(members)}}")
    }

    /// Adds storage with a URL, in which `in`, `out` and `old` are used.
    ///
    /// - Parameter members: More members of the connector's configuration.
    func use(storage url: String, _ members: String = "") throws {
        configuration.append(
            "connectors: {share: {url: \"\(url)\", inbox: in, outbox: out, archive: old, "
                + "workspace: \(try workspace()), poll_interval_s: 0.1\(members)}}")
    }

    /// Drops a file into the storage, and waits until its task has ended and all is put away.
    ///
    /// - Parameter storage: The storage, as the daemon reaches it too.
    func takeAndPutBack(_ storage: any Connector) async throws {
        try await storage.upload(Array("# Trip\n\nsim: write trip.txt x\n".utf8), to: "in/A trip ü.md")
        let end = ContinuousClock.now + World.patience
        // Where a move is a copy, the file is in both places for a while.
        func isPutAway() async throws -> Bool {
            guard try await storage.list("old")?.map(\.name) == ["A trip ü.md"] else { return false }
            return try await storage.list("in") == []
        }
        while try await !isPutAway() {
            if ContinuousClock.now >= end { throw Child.Failure(description: "it is not put away: \(story)") }
        }
        #expect(try await storage.list("out")?.map(\.name) == ["A trip ü.result.md"])
        let result = try await storage.download("out/A trip ü.result.md", limit: 1 << 20)
        #expect(String(decoding: result ?? [], as: UTF8.self).hasPrefix("# Trip\n\n**changed"))
        #expect(prompts.count == 1 && names(.done).count == 1)
    }

    var remote: FilePath { root.appending("remote") }
    var connectors: FilePath { root.appending(".openloom/connectors") }

    func install(_ program: String) throws {
        let source = LayoutDocument.checkout.appending("contrib/connectors").appending(program)
        guard let text = Files.text(source) else { throw Child.Failure(description: "can't read \(source)") }
        try install(program, text: text)
    }

    /// A program that was written for a test.
    func install(_ program: String, text: String) throws {
        try Files.makeDirectory(connectors)
        try Files.write(text, to: connectors.appending(program))
        chmod(connectors.appending(program).string, 0o700)
    }

    /// Puts a whole file into the storage's inbox.
    ///
    /// - Parameter share: The storage's directory, if it is not `remote`.
    func put(_ name: String, _ text: String, in share: FilePath? = nil) throws {
        let share = share ?? remote
        try Files.write(text, to: share.appending(".new"))
        try Files.move(share.appending(".new"), share.appending("in").appending(name))
    }

    func remoteNames(_ directory: String) -> [String] { Files.names(remote.appending(directory)) }
    func remoteText(_ path: String) -> String { Files.text(remote.appending(path)) ?? "" }
}
