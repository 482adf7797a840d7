import Glibc
import Spool
import SystemPackage
import Testing

/// What can't become a task: never lost, never replaced, and always with its reason.
@Suite(.timeLimit(.minutes(2))) struct RejectTests {
    private func reject(
        _ temporary: TemporarySpool, _ name: String, bytes: String = "words", reason: String = "because\n"
    ) throws -> String {
        let file = temporary.directory.appending("dropped-\(bytes.hashValue)")
        try write(bytes, to: file)
        let kept = try temporary.spool.reject(file, name: name, reason: reason)
        #expect(!exists(file))
        return kept
    }

    @Test func number_isPutBeforeTheExtension() throws {
        let temporary = try TemporarySpool()
        let kept = try (0..<3).map { try reject(temporary, "a.b.md", bytes: "\($0)", reason: "r\($0)") }
        #expect(kept == ["a.b.md", "a.b (2).md", "a.b (3).md"])
        for (number, name) in kept.enumerated() {
            #expect(try text(of: temporary.paths.rejected.appending(name)) == "\(number)")
            #expect(try text(of: temporary.paths.rejected.appending("\(name).reason.txt")) == "r\(number)")
        }
    }

    @Test(arguments: [
        "", ".", "..", "/", "../../etc/passwd", "a/b.md", ".hidden", "no extension", "ends.", "naïve \u{1F600}.md",
        "new\nline.md", String(repeating: "x", count: 255), String(repeating: "é", count: 127) + ".md",
        "e" + String(repeating: "\u{301}", count: 126), "x." + String(repeating: "y", count: 250),
    ])
    func name_whateverItIs_staysWithinRejected(_ name: String) throws {
        let temporary = try TemporarySpool()
        let before = try names(in: temporary.directory)
        for round in 1...2 {
            let kept = try reject(temporary, name, bytes: "words \(round)")
            #expect(try text(of: temporary.paths.rejected.appending(kept)) == "words \(round)")
            #expect(try text(of: temporary.paths.rejected.appending("\(kept).reason.txt")) == "because\n")
        }
        #expect(try names(in: temporary.paths.rejected).count == 4)
        #expect(try names(in: temporary.directory) == before)
    }

    /// A file called `x.md.reason.txt` is somebody's file, not a reason that may be replaced.
    @Test func reason_neverReplacesARejectedFile() throws {
        let temporary = try TemporarySpool()
        #expect(try reject(temporary, "x.md.reason.txt", bytes: "mine") == "x.md.reason.txt")
        let kept = try reject(temporary, "x.md", bytes: "also mine", reason: "other")
        #expect(kept == "x (2).md")
        #expect(try text(of: temporary.paths.rejected.appending("x.md.reason.txt")) == "mine")
        #expect(try text(of: temporary.paths.rejected.appending("x (2).md.reason.txt")) == "other")
    }

    /// A crash between the two leaves the reason; the same drop is rejected again for the same reason.
    @Test func reasonThatACrashLeft_isUsed() throws {
        let temporary = try TemporarySpool()
        try write("because\n", to: temporary.paths.rejected.appending("x.md.reason.txt"))
        #expect(try reject(temporary, "x.md") == "x.md")
        #expect(try names(in: temporary.paths.rejected) == ["x.md", "x.md.reason.txt"])
    }

    @Test func eachKeepsItsOwnReason_whenManyOfOneNameComeAtOnce() async throws {
        let temporary = try TemporarySpool()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    let file = temporary.directory.appending("drop-\(number)")
                    try write("\(number)", to: file)
                    _ = try temporary.spool.reject(file, name: "same.md", reason: "reason \(number)")
                }
            }
            try await group.waitForAll()
        }
        let kept = try names(in: temporary.paths.rejected)
        #expect(kept.count == 24)
        for name in kept where !name.hasSuffix(".reason.txt") {
            let number = try text(of: temporary.paths.rejected.appending(name))
            let reason = try text(of: temporary.paths.rejected.appending("\(name).reason.txt"))
            #expect(reason == "reason \(number)")
        }
    }

    @Test func directory_isRejectedWhole() throws {
        let temporary = try TemporarySpool()
        let directory = temporary.directory.appending("d")
        try makeDirectory(directory)
        try write("x", to: directory.appending("source.md"))
        #expect(try temporary.spool.reject(directory, name: "d", reason: "r") == "d")
        #expect(try text(of: temporary.paths.rejected.appending("d/source.md")) == "x")
    }

    @Test func nothing_isLeftUnexplained_whenTheFileIsGone() throws {
        let temporary = try TemporarySpool()
        let error = #expect(throws: SpoolError.self) {
            try temporary.spool.reject(temporary.directory.appending("gone"), name: "gone", reason: "r")
        }
        #expect(error?.code == .taskNotFound)
        #expect(try names(in: temporary.paths.rejected) == [])
    }
}
