import Spool
import SystemPackage
import TaskSource
import TestSupport
import Testing

@Suite struct TextSourceTests {
    private let sources: Sources

    init() throws { sources = try Sources() }

    @Test func txt_isTheGoal_andItsStemTheName() throws {
        let task = try sources.read("  Fix the *build*.\n\n---\nname: no\n", as: "fix build.v2.TXT")
        #expect(task.name == "fix build.v2")
        #expect(task.goal == "  Fix the *build*.\n\n---\nname: no\n")
        #expect(task.workspace == sources.directory.path)
        #expect(task.created == Sources.now)
        #expect(task.origin.source == "fix build.v2.TXT")
    }

    /// OpenLoom 0.17 took no `.md` and `.txt`, and no name without `task-`.
    @Test(arguments: ["a.md", "fix.txt", "Notiz 3.TXT", "überblick.md", "task-1.txt", ".hidden.txt"])
    func everyName_isTaken(_ name: String) throws {
        #expect(try sources.read("do it", as: name).goal == "do it")
    }

    @Test(arguments: ["\r\n", "\r", "\n"])
    func lineEnds_becomeLineFeeds(_ end: String) throws {
        #expect(try sources.read("a\(end)\(end)b\(end)", as: "x.txt").goal == "a\n\nb\n")
        #expect(try sources.read("# a\(end)\(end)b\(end)", as: "x.md").goal == "# a\n\nb\n")
    }

    @Test(arguments: ["x.txt", "x.md", "x.yaml", "x.json"], [true, false])
    func utf16_isRead(_ name: String, littleEndian: Bool) throws {
        let text =
            switch name {
            case "x.yaml": "goal: Grüße 🚀"
            case "x.json": "{\"goal\": \"Grüße 🚀\"}"
            default: "Grüße 🚀"
            }
        var bytes: [UInt8] = littleEndian ? [0xFF, 0xFE] : [0xFE, 0xFF]
        for unit in text.utf16 {
            let pair = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
            bytes += littleEndian ? pair : pair.reversed()
        }
        #expect(try sources.read(bytes, as: name).goal == "Grüße 🚀")
    }

    @Test(arguments: ["x.txt", "x.md", "x.yaml", "x.json"])
    func byteOrderMark_ofUTF8_isNoText(_ name: String) throws {
        let text = ["x.yaml": "goal: g", "x.json": "{\"goal\": \"g\"}"][name] ?? "g"
        #expect(try sources.read("\u{FEFF}" + text, as: name).goal == "g")
    }

    @Test func frontMatter_isSeen_afterAByteOrderMark_andWithCRLF() throws {
        let task = try sources.read("\u{FEFF}---\r\nname: n\r\npriority: 1\r\n---\r\n\r\nbody\r\n", as: "x.md")
        #expect(task.name == "n")
        #expect(task.priority == 1)
        #expect(task.goal == "body\n")
    }

    @Test func whatIsNoText_isRefused() {
        #expect(
            sources.fault(Array("a\nb".utf8) + [0xC3, 0x28], as: "x.txt")
                == "line 2: the text is not UTF-8 (byte 3 is C3); save it as UTF-8"
        )
        #expect(
            sources.fault(Array("a\n\n".utf8) + [0xE2, 0x82], as: "x.md")
                == "line 3: the text is not UTF-8 (byte 3 is E2); save it as UTF-8"
        )
        #expect(
            sources.fault([0xFF, 0xFE, 0x41], as: "x.txt")
                == "the text is UTF-16, but ends in the middle of a character; save it as UTF-8"
        )
        #expect(
            sources.fault([0xFF, 0xFE, 0x00, 0xD8], as: "x.txt")
                == "the text is UTF-16 with half a surrogate pair in it; save it as UTF-8"
        )
        #expect(sources.fault([0xFF, 0xFE, 0, 0, 65, 0, 0, 0], as: "x.txt") == "the text is UTF-32; save it as UTF-8")
    }

    @Test func controlCharacters_areRefused_withTheirLine() {
        #expect(
            sources.fault("a\n\tb\u{0}", as: "x.txt") == "line 2: goal: has the control character U+0000; remove it")
        #expect(
            sources.fault("---\nname: n\n---\n\nok\n\u{1B}[2J", as: "x.md")
                == "line 6: goal: has the control character U+001B; remove it"
        )
        #expect(
            sources.fault("goal: \"a\\nb\\x9b\"", as: "x.yaml")
                == "line 1: goal: has the control character U+009B in its line 2; remove it"
        )
    }

    @Test(arguments: TaskFormat.allCases)
    func emptyFile_isRefused(_ format: TaskFormat) {
        #expect(
            sources.fault([], as: "x.\(format.rawValue)") == "the file is empty; write into it what is to be done")
    }

    @Test(arguments: [
        ("x.txt", " \n\t\n", "goal: missing; write what is to be done into the file"),
        ("x.md", "\n \n", "goal: missing; write what is to be done below the front matter"),
        ("x.md", "---\nname: x\n---\n\n", "goal: missing; write what is to be done below the front matter"),
        ("x.yaml", "# nothing\n", "goal: missing; write a line \"goal: what is to be done\""),
        ("x.json", "{}", "goal: missing; write \"goal\": \"what is to be done\""),
        ("x.yaml", "goal: '  '", "line 1: goal: is empty; write a line \"goal: what is to be done\""),
    ])
    func fileWithoutGoal_isRefused(_ name: String, _ text: String, _ message: String) {
        #expect(sources.fault(text, as: name) == message)
    }

    @Test func file_isBounded() throws {
        var sources = sources
        sources.limits.fileBytes = 10
        #expect(sources.fault("12345678901", as: "x.txt") == "the file has 11 bytes; at most 10 are read")
    }

    @Test(arguments: ["x.doc", "x", "md", ".md", "x.pdf", "x.md~"])
    func otherFiles_areRefused(_ name: String) {
        #expect(
            sources.fault("x", as: name)
                == "\"\(name)\" is no task file; use .md, .txt, .yaml, .yml, .json or .docx"
        )
    }

    @Test func format_isKnownByTheExtension_inAnyCase() {
        #expect(TaskFormat(fileName: "a.b.DocX") == .docx)
        #expect(TaskFormat(fileName: "a.YML") == .yml)
        #expect(TaskFormat(fileName: "a.") == nil)
        #expect(TaskFormat(fileName: "") == nil)
    }

    @Test func longStem_isShortened() throws {
        let name = try sources.read("x", as: String(repeating: "ä", count: 300) + ".txt").name
        #expect(name.unicodeScalars.count == 200)
        #expect(name.hasSuffix("ä…"))
        #expect(try sources.read("x", as: "a\u{1B}[2J\nb.txt").name == "a [2J b")
    }
}
