import Spool
import TaskSource
import Testing

/// Thousands of damaged files: each becomes a task or a reason, never a crash, and never takes long.
@Suite(.timeLimit(.minutes(5))) struct SourceFuzzTests {
    private static let rounds = 2000

    private static let texts: [(String, String)] = [
        (
            "x.md",
            "---\nname: n\nafter: [a, 'b']\nmetadata: {a: &x 1, b: *x}\n---\n\n"
                + "# Title\n\n```\n# c\n```\n\n- a\n\nB\n===\n"
        ),
        ("x.txt", "Grüße\r\n\ttext\n"),
        (
            "x.yaml",
            "name: n\ngoal: |\n  a\n  b\npriority: 3\npermissions:\n  bash: ask\nafter: [a, \"b\\u0041\"]\nkey: k\n"
        ),
        (
            "x.json",
            "{\"name\": \"n\\u00e4\", \"goal\": \"g\\n\", \"after\": [\"a\"], "
                + "\"priority\": 1e0, \"metadata\": {\"a\": [null]}}"
        ),
    ]

    private static func mutate(_ bytes: inout [UInt8], with random: inout SplitMix) {
        for _ in 0..<Int.random(in: 1...8, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(contentsOf: bytes[index...].prefix(30), at: index)
            case 4:
                bytes.insert(
                    Array("-#`~:&*!<>[]{}\"'\n\r\t=|%\u{0}".utf8).randomElement(using: &random) ?? 0, at: index)
            default: bytes[index] = [0x00, 0xFF, 0x7F, 0x80].randomElement(using: &random) ?? 0
            }
        }
        if Int.random(in: 0..<20, using: &random) == 0 {
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
        }
    }

    /// A reason is there, and is no longer than a person reads.
    private func check(_ bytes: [UInt8], as name: String, _ sources: Sources) {
        if let fault = sources.fault(bytes, as: name) {
            #expect(!fault.isEmpty && fault.utf8.count < 60_000)
        }
    }

    @Test(arguments: texts)
    func damagedTexts_neverCrash(_ name: String, _ text: String) throws {
        let sources = try Sources()
        #expect(sources.fault(text, as: name) == nil)
        var random = SplitMix(state: 7)
        for _ in 0..<Self.rounds {
            var bytes = Array(text.utf8)
            Self.mutate(&bytes, with: &random)
            check(bytes, as: name, sources)
        }
    }

    @Test(arguments: ["libreoffice.docx", "python-docx.docx"])
    func damagedContainers_neverCrash(_ name: String) throws {
        let sources = try Sources()
        let whole = try fixture(name)
        var random = SplitMix(state: 8)
        for _ in 0..<Self.rounds {
            var bytes = whole
            Self.mutate(&bytes, with: &random)
            check(bytes, as: name, sources)
        }
    }

    /// Damage behind the checksum of the container, where the XML is.
    @Test func damagedDocuments_neverCrash() throws {
        let sources = try Sources()
        let body =
            Docx.p("T", Docx.style("Heading1")) + Docx.table([["name", "x"], ["priority", "3"]])
            + Docx.p("a", "<w:numPr><w:ilvl w:val=\"1\"/><w:numId w:val=\"1\"/></w:numPr>")
            + Docx.table([["a", "b", "c"]])
            + "<w:p><w:del/><w:ins><w:r><w:tab/><w:sym w:char=\"F0E0\"/></w:r></w:ins></w:p>"
        let whole = Docx.xml("<w:document \(Docx.namespace)><w:body>\(body)</w:body></w:document>")
        var random = SplitMix(state: 9)
        for _ in 0..<Self.rounds {
            var bytes = whole
            Self.mutate(&bytes, with: &random)
            check(try Docx.zip([("word/document.xml", bytes)]), as: "x.docx", sources)
        }
    }
}
