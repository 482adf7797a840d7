import JSON
import Spool
import SystemPackage

/// A world with an outbox: what is put beside dropped files, as those see it who dropped them.
extension World {
    /// Also makes the directories. `inbox` as the outbox is the inbox.
    convenience init(
        outbox: String, archive: String? = nil, storage: [String] = [], configuration: [String] = []
    ) throws {
        try self.init(configuration: configuration)
        let (root, inbox) = (root, inbox)
        let place = { (name: String) in name == "inbox" ? inbox : root.appending(name) }
        self.storage = ["outbox: \(place(outbox))"] + (archive.map { ["archive: \(place($0))"] } ?? []) + storage
        for name in [outbox, archive].compactMap({ $0 }) where name != "inbox" { try Files.makeDirectory(place(name)) }
    }

    var results: FilePath { root.appending("results") }

    /// Everything in a directory, also what is hidden.
    func all(in directory: FilePath) throws -> [String] {
        try shell("ls -A '\(directory)'").output.split(separator: "\n").map(String.init)
    }

    func waitForFile(_ path: FilePath) throws { try wait("\(path) is there") { Files.exists(path) } }

    /// Answers whatever is asked.
    func answerAll() {
        for id in names(.running) {
            let asks = task(id, .running).appending("asks")
            for name in Files.names(asks) where name.hasSuffix(".json") {
                let answer = asks.appending("\(name.dropLast(5)).answer")
                if !Files.exists(answer) { _ = try? shell("echo once > '\(answer)' 2>/dev/null || true") }
            }
        }
    }

    /// A goal whose task waits until it is answered.
    static var patientGoal: String { "sim: ask external_directory /etc" }
}
