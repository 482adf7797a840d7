import ArgumentParser
import Glibc
import JSON
import SystemPackage

@main
struct OpenloomBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openloom-bench",
        abstract: "Measure openloom, and print the numbers beside those that it aims at.",
        discussion: """
            Drives the release build of openloom that lies beside this program, over real files and sockets, in a \
            temporary directory. Nothing is asserted: the numbers are those of this machine and of what else runs \
            on it. Nothing else should; the load is printed first.

            EXAMPLES
              swift build -c release && swift run -c release openloom-bench
              swift run -c release openloom-bench --quick --only submissions --only drop
              swift run -c release openloom-bench --json --directory /mnt/disk > numbers.json
            """
    )

    @Flag(help: "Take fewer samples: a minute instead of several.")
    var quick = false

    @Option(help: ArgumentHelp("Only this benchmark; can be given more than once.", valueName: "name"))
    var only: [BenchmarkName] = []

    @Flag(help: "Print one JSON document when all is done.")
    var json = false

    @Option(help: "Where the temporary directory is made. It should be on the disk that a spool would be on.")
    var directory = "/var/tmp"

    @Option(help: "The openloom to measure. (default: the one beside this program)")
    var program: String?

    func run() async throws {
        var report = Report(isJSON: json)
        report.begin(machine: Machine.describe(), directory: directory)
        for name in BenchmarkName.allCases where only.isEmpty || only.contains(name) {
            let home = try TemporaryDirectory(in: FilePath(directory))
            defer { home.remove() }
            let bench = Bench(home: home.path, program: try openloom(), isQuick: quick)
            report.begin(name)
            try await bench.run(name) { report.add($0, to: name) }
        }
        report.end()
    }

    private func openloom() throws -> FilePath {
        if let program { return FilePath(program) }
        guard let resolved = realpath("/proc/self/exe", nil) else { throw BenchFailure("/proc is not mounted") }
        defer { free(resolved) }
        let own = FilePath(String(cString: resolved))
        let path = own.removingLastComponent().appending("openloom")
        guard access(path.string, X_OK) == 0 else {
            throw BenchFailure("there is no \(path); run `swift build -c release` first, or name one with --program")
        }
        return path
    }
}

/// What can be measured.
enum BenchmarkName: String, CaseIterable, ExpressibleByArgument {
    case submissions
    case drop
    case post
    case burst
    case many
    case evidence

    var title: String {
        switch self {
        case .submissions: "Durable submissions, ours and those of a C program with the same system calls"
        case .drop: "A dropped file, one after another: to the prompt, and from the end of the turn to done/"
        case .post: "POST /api/tasks, one after another: to the answer, and to the prompt"
        case .burst: "Files dropped at once, 4 slots, an agent that does not think"
        case .evidence: "What changed in a large workspace: baseline and comparison, beside git status"
        case .many: "A spool with many tasks: start, REST, memory"
        }
    }
}

/// Where and how much is measured.
struct Bench {
    /// Empty, and the benchmark's own.
    let home: FilePath
    let program: FilePath
    let isQuick: Bool

    func run(_ name: BenchmarkName, _ found: (Measurement) -> Void) async throws {
        switch name {
        case .submissions: try await measureSubmissions(found)
        case .drop: try await measureDrops(found)
        case .post: try await measurePosts(found)
        case .burst: try await measureBurst(found)
        case .evidence: try await measureEvidence(found)
        case .many: try await measureManyTasks(found)
        }
    }
}

/// Why there is no number.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
