import FoundationEssentials
import Glibc
import JSON
import Spool
import SystemPackage
import Testing

/// `spool-layout.md` says what the program does: its listing, its paths and its tables against the real thing.
@Suite(.timeLimit(.minutes(5))) struct SpoolLayoutOnceTests {
    let document: LayoutDocument

    init() throws { document = try LayoutDocument() }

    // MARK: part 2

    @Test func listing_isWhatTheProgramLeaves() throws {
        let world = try World()
        try world.serve()
        try world.leaveListedSpool()
        var tree = SpoolTree()
        tree.look(world.spool)

        let real = tree.items.filter { !$0.path.split(separator: "/").contains { $0.hasPrefix(".") } }
            .map { LayoutDocument.Listed(mode: $0.listedMode, path: Self.anonymous($0.path)) }.sorted()
        let written = document.listing.map { LayoutDocument.Listed(mode: $0.mode, path: Self.anonymous($0.path)) }
        #expect(written.filter { !real.contains($0) } == [], "listed, but the program does not leave it")
        #expect(real.filter { !written.contains($0) } == [], "left by the program, but not listed")
        #expect(document.listing == document.listing.sorted(), "it should be sorted as it says")
        #expect(written.count > 50)
    }

    /// A path without what differs from run to run.
    private static func anonymous(_ path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        return parts.enumerated().map { index, part in
            let parent = index > 0 ? parts[index - 1] : ""
            switch parent {
            case "journal": return "NODE"
            case "nodes" where part.hasSuffix(".json"): return "NODE.json"
            case "asks": return String(part.prefix { $0 != "_" })
            case "outbox" where part.hasSuffix(".cursor"): return "NODE.cursor"
            default: break
            }
            if part.hasSuffix(".jsonl"), part != "log.jsonl" { return "DATE.jsonl" }
            // YYYYMMDDTHHMMSSmmm-rrrrr-slug
            let words = part.split(separator: "-")
            return words.count > 2 && words[0].count == 18 ? "ID-" + words.dropFirst(2).joined(separator: "-") : part
        }.joined(separator: "/")
    }

    // MARK: part 3

    @Test func everyPath_isDescribed_withItsMode_andEveryDescriptionHasAPath() throws {
        let tree = try BusySpool.tree()
        let entries = document.entries
        for entry in entries {
            #expect(entry.cells.count == 7, "\(entry) lacks a column")
            #expect(entry.cells.allSatisfy { !$0.isEmpty }, "\(entry) leaves something unsaid")
            #expect(["0700", "0600", "yours"].contains(entry.mode), "\(entry) has the mode \(entry.mode)")
        }
        var seen: Set<String> = []
        for item in tree.items.sorted() {
            // An attempt that was set aside, and a task that is being built, hold what a task holds in its place.
            let plain = item.path.replacing(/attempts\/[0-9]+\//, with: "").replacing(/^tmp\/[^\/]+\//, with: "new/ID/")
            let found = entries.lazy.compactMap { entry in
                entry.fit(plain, isDirectory: item.isDirectory).map { (entry: entry, fit: $0) }
            }.first
            guard let found else {
                Issue.record("spool-layout.md does not describe \(item.path)")
                continue
            }
            seen.insert(found.entry.path)
            if found.entry.mode != "yours", found.fit == .itself {
                #expect("0" + String(item.mode, radix: 8) == found.entry.mode, "\(item.path)")
            }
        }
        let names = try Self.namesInSources()
        for entry in entries where !seen.contains(entry.path) {
            // What only a crash at the right instant leaves behind.
            let name = entry.path.split(separator: "/").last.map(String.init) ?? ""
            let isInternal = [
                "DIR/.NAME", "tmp/PID..trash.ID/", "inbox/.openloom-ID", "cache/NAME", "migrated/ID",
            ].contains(entry.path)
            #expect(isInternal || names.contains(name), "nothing in the program makes \(entry)")
        }
    }

    @Test func everyNameThatTheProgramUses_isDescribed() throws {
        let described = Set(document.entries.flatMap { $0.path.split(separator: "/").map(String.init) })
        // What begins with a dot is put behind a name.
        for name in try Self.namesInSources() where !described.contains(name) && !name.hasPrefix(".") {
            Issue.record("spool-layout.md does not describe \(name)")
        }
    }

    /// The literal names that the code of the spool and of the evidence puts into paths.
    private static func namesInSources() throws -> Set<String> {
        var names: Set<String> = []
        for (directory, pattern) in [
            ("Spool", #"        static let [a-z]+ = "(?!root")([a-z.]+)""#),
            ("Spool", #"appending\("([^"\\]+)"\)"#), ("Dispatcher", #"appending\("([^"\\]+)"\)"#),
            ("Daemon", #"appending\("([^"\\]+)"\)"#),
            ("OpenCodeHost", #"appending\("([a-z]+\.[a-z]+)"\)"#),
            ("Evidence", #"static let \w+ = "([^"\\ ]+\.[a-z]+)""#),
        ] {
            let folder = LayoutDocument.checkout.appending("Sources").appending(directory)
            let expression = try Regex(pattern, as: (Substring, Substring).self)
            // The names inside of the private repository are nobody's business.
            for file in Files.names(folder) where file.hasSuffix(".swift") && !file.hasPrefix("Git") {
                for match in (Files.text(folder.appending(file)) ?? "").matches(of: expression) {
                    names.insert(String(match.output.1))
                }
            }
        }
        #expect(names.isSuperset(of: ["task.json", "verdict", "baseline.json", "daemon.lock"]))
        return names
    }

    @Test func examples_haveTheKeysOfRealFiles() throws {
        let tree = try BusySpool.tree()
        #expect(document.examples.count >= 16)
        for example in document.examples where example.path != "task.json" {
            let suffix = example.path.hasPrefix("asks/ASK") ? "" : example.path.split(separator: "/").last ?? ""
            let real = tree.documents.filter { path, _ in
                switch example.path {
                case "connectors/NAME/taken/NAME": path.hasPrefix("connectors/")
                case "providers/NAME.json": path.hasPrefix("providers/")
                case "schedules/SCHEDULE.state.json": path.hasPrefix("schedules/") && path.hasSuffix(".state.json")
                case "asks/ASK.json": path.contains("/asks/")
                case "nodes/NODE.json": path.hasPrefix("nodes/")
                case "journal/NODE/DATE.jsonl": path.hasPrefix("journal/")
                case "outbox/ENDPOINT/BOX/DELIVERY": path.contains(/^outbox\/[^\/]+\/(new|done|failed)\//)
                case "outbox/ENDPOINT/attempts/DELIVERYl": path.contains("/attempts/0")
                default: path.hasSuffix("/\(suffix)")
                }
            }.flatMap(\.value)
            let alike = real.filter { Self.shape(of: example.json, equals: $0) }
            let first = real.first?.compact ?? "none"
            #expect(!alike.isEmpty, "a real \(example.path) looks otherwise: \(first)")
        }
    }

    /// Whether both have the same keys, with values of the same kinds.
    private static func shape(of left: JSONValue, equals right: JSONValue) -> Bool {
        switch (left, right) {
        case (.object(let left), .object(let right)):
            Set(left.map(\.0)) == Set(right.map(\.0))
                && left.allSatisfy { name, value in right[name].map { shape(of: value, equals: $0) } ?? false }
        case (.array(let left), .array(let right)):
            left.isEmpty || right.isEmpty || left[0].object == nil
                || Set((left[0].object ?? [:]).map(\.0)).isSubset(of: Set((right[0].object ?? [:]).map(\.0)))
        case (.int, .double), (.double, .int), (.null, _), (_, .null): true
        default: left.kind == right.kind
        }
    }

    @Test func exampleOfATask_isReadAndWrittenAsItStands() throws {
        let example = try #require(document.examples.first { $0.path == "task.json" })
        let spec = try #require(TaskSpec(json: example.json))
        #expect(spec.json == example.json)
    }

    // MARK: part 4

    @Test func stateTable_holdsForEveryTask() throws {
        let tree = try BusySpool.tree()
        let (head, rows) = document.table("file")
        #expect(head == ["file", "building"] + TaskState.allCases.map(\.rawValue))
        for task in tree.tasks {
            let column = try #require(head.firstIndex(of: task.state.rawValue))
            for row in rows {
                let name = row[0].filter { $0 != "`" }
                let isThere = task.names.contains { name == "source.EXT" ? $0.hasPrefix("source.") : $0 == name }
                switch row[column] {
                case "+": #expect(isThere, "\(task.state)/\(task.id) has no \(name)")
                case "-": #expect(!isThere, "\(task.state)/\(task.id) has a \(name)")
                default: #expect(row[column] == "?")
                }
            }
        }
        #expect(Set(tree.tasks.map(\.state)) == Set(TaskState.allCases))
    }

    @Test func stateTable_hasARowForEveryEntryOfATask() {
        let rows = Set(document.table("file").rows.map { $0[0].filter { $0 != "`" } })
        let entries = document.entries.map { $0.path.split(separator: "/").map(String.init) }
            .filter { $0.count == 3 && $0[0] == "STATE" }.map { $0[2] }
        #expect(rows == Set(entries))
    }

    @Test func moves_areBetweenStatesThatThereAre() {
        let states = Set(TaskState.allCases.map(\.rawValue))
        let rows = document.table("from").rows
        #expect(rows.allSatisfy { states.union(["building"]).contains($0[0]) && states.contains($0[1]) })
        #expect(Set(rows.map { $0[1] }) == states)
    }

    @Test func verdicts_areThoseOfTheProgram() {
        let written = document.table("verdict").rows.map { "\($0[0].filter { $0 != "`" }) \($0[1]) \($0[2])" }
        let real = Verdict.allCases.map { "\($0.rawValue) \($0.state.rawValue) \($0.exitCode)" }
        #expect(written.sorted() == real.sorted())
    }

    @Test func statuses_areThoseOfTheProgram() throws {
        let rows = document.table("directory").rows.map { row in row.map { $0.filter { $0 != "`" } } }
        for state in TaskState.allCases {
            for files in [[], ["hold"], ["an asks/ASK.json"], ["hold", "an asks/ASK.json"], ["archived"]] {
                let id = try #require(TaskID("x"))
                var snapshot = TaskSnapshot(id: id, state: state, spec: nil)
                snapshot.isHeld = files.contains("hold") && !state.isEnded
                snapshot.isArchived = files.contains("archived") && state.isEnded
                snapshot.asks = state == .running && files.contains("an asks/ASK.json") ? ["per_1"] : []
                let row = rows.first { $0[0] == state.rawValue && ($0[1] == "nothing" || files.contains($0[1])) }
                #expect(row?[2] == snapshot.status, "\(state) with \(files)")
            }
        }
    }

    // MARK: part 9

    @Test func version_isTheOneThatTheDocumentDescribes() {
        #expect(document.lines.first == "# The spool: layout version \(SpoolDirectory.version)")
        #expect(document.entries.first { $0.path == "spool-version" }?.cells[5].hasPrefix("`1`") == true)
    }
}
