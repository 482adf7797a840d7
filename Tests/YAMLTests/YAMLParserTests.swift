import Testing
import YAML

@Suite(.timeLimit(.minutes(5))) struct YAMLParserTests {
    private func parse(_ text: String, limits: YAMLLimits = YAMLLimits()) throws(YAMLError) -> YAMLNode? {
        try parseYAML(Array(text.utf8), limits: limits)
    }

    private func fault(_ text: String, limits: YAMLLimits = YAMLLimits()) -> String? {
        #expect(throws: YAMLError.self) { try parse(text, limits: limits) }?.description
    }

    // MARK: structure

    @Test func mapping_keepsOrderAndMarks() throws {
        let root = try #require(try parse("b: 1\na:\n  - x\n  - 'y'\n"))
        let members = try #require(root.members)
        #expect(members.map(\.key) == ["b", "a"])
        #expect(members.map(\.mark) == [YAMLMark(line: 1, column: 1), YAMLMark(line: 2, column: 1)])
        #expect(root["b"]?.mark == YAMLMark(line: 1, column: 4))
        #expect(root["a"]?.elements?.map(\.scalar) == [.string("x"), .string("y")])
        #expect(root["a"]?.elements?.map(\.mark.line) == [3, 4])
        #expect(root["c"] == nil)
    }

    @Test(arguments: ["", "# only a comment\n", "\n\n", "\u{FEFF}", "\r\n"])
    func document_isNil_whenThereIsNone(_ text: String) throws {
        #expect(try parse(text) == nil)
    }

    @Test func blockScalar_keepsLines() throws {
        let root = try #require(try parse("goal: |\n  one\n\n  two: three\nnext: >-\n  folded\n  text\n"))
        #expect(root["goal"]?.scalar == .string("one\n\ntwo: three\n"))
        #expect(root["next"]?.scalar == .string("folded text"))
    }

    @Test func lineEnds_ofWindows_meanTheSame() throws {
        let root = try #require(try parse("a: 1\r\nb: |\r\n  x\r\n  y\r\nc: 3\r\n"))
        #expect(root["a"]?.scalar == .int(1))
        #expect(root["b"]?.scalar == .string("x\ny\n"))
        #expect(root.members?.last?.mark.line == 5)
    }

    @Test(arguments: [true, false])
    func utf16_isRead_whenItHasAMark(littleEndian: Bool) throws {
        var bytes: [UInt8] = littleEndian ? [0xFF, 0xFE] : [0xFE, 0xFF]
        for unit in "name: Grüße 🚀\n".utf16 {
            let pair = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
            bytes += littleEndian ? pair : pair.reversed()
        }
        #expect(try parseYAML(bytes)?["name"]?.scalar == .string("Grüße 🚀"))
    }

    @Test func byteOrderMark_ofUTF8_isNoText() throws {
        #expect(try parse("\u{FEFF}name: x")?.members?.first?.key == "name")
    }

    // MARK: aliases

    @Test func alias_isExpanded() throws {
        let root = try #require(try parse("a: &x [1, 2]\nb: *x\nc: &y word\nd: *y\n"))
        #expect(root["b"]?.elements?.map(\.scalar) == [.int(1), .int(2)])
        #expect(root["d"]?.scalar == .string("word"))
    }

    @Test func anchor_namesTheLatestNode() throws {
        #expect(try parse("a: &x 1\nb: &x 2\nc: *x\n")?["c"]?.scalar == .int(2))
    }

    @Test func billionLaughs_isRefused_beforeItIsBuilt() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let inner = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(inner)]\n"
        }
        #expect(fault(text) == "line 6, column 15: more than 200000 values, with aliases expanded")
    }

    @Test func aliases_areCounted() {
        let uses = Array(repeating: "*x", count: 101).joined(separator: ", ")
        #expect(fault("a: &x 1\nb: [\(uses)]\n") == "line 2, column 405: more than 100 aliases")
    }

    @Test func alias_cannotBypassTheDepth() {
        var limits = YAMLLimits()
        limits.depth = 4
        #expect(throws: Never.self) { try parse("a: &x [[1]]\nb: [*x]\n", limits: limits) }
        #expect(fault("a: &x [[1]]\nb: [[*x]]\n", limits: limits) == "line 2, column 6: nested more than 4 deep")
    }

    @Test func alias_toItself_isRefused() {
        #expect(fault("a: &x [*x]\n") == "line 1, column 8: the alias *x stands inside of what it names")
    }

    @Test func alias_toNothing_isRefused() {
        #expect(fault("a: *x\n") == "line 1, column 4: the alias *x names nothing; no &x before it")
    }

    // MARK: bounds

    @Test func depth_isBounded() {
        let deep = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(throws: Never.self) { try parse(deep) }
        #expect(fault("[" + deep + "]") == "line 1, column 33: nested more than 32 deep")
        #expect(fault(String(repeating: "[", count: 1_000_000)) == "line 1, column 33: nested more than 32 deep")
        #expect(fault(String(repeating: "- ", count: 1_000_000)) == "line 1, column 65: nested more than 32 deep")
    }

    @Test func bytes_areBounded() {
        let limits = YAMLLimits(bytes: 4)
        #expect(fault("a: bc", limits: limits) == "line 1, column 1: the text has 5 bytes; at most 4 are read")
    }

    @Test func nodes_areBounded() {
        #expect(
            fault("[a, b, c]", limits: YAMLLimits(nodes: 3))
                == "line 1, column 8: more than 3 values, with aliases expanded")
    }

    @Test(arguments: ["", "a: 1\n...\n"])
    func directives_areBounded(before: String) {
        let lines = (0..<200_000).map { "%TAG !a\($0)! tag:x,2000:\n" }.joined()
        let fault = fault(before + lines + "---\na: 1\n")
        #expect(fault?.hasSuffix("more than 100 lines begin with %; remove them, or indent them") == true)
    }

    @Test func percent_insideOfLines_isText() throws {
        let text = "a: |\n" + String(repeating: "  % 50 %\n", count: 500)
        #expect(try parse(text)?["a"]?.scalar == .string(String(repeating: "% 50 %\n", count: 500)))
    }

    // MARK: refusals

    @Test func duplicateKey_namesBothLines() {
        #expect(
            fault("name: a\ngoal: b\nname: c\n")
                == "line 3, column 1: the key \"name\" is there twice, first in line 1; keep one of them"
        )
    }

    @Test func secondDocument_isRefused() {
        #expect(
            fault("a: 1\n---\nb: 2\n")
                == "line 2, column 1: a second document begins here; "
                + "put one document in a file, without a line --- inside"
        )
    }

    @Test func mergeKey_isRefused() {
        #expect(
            fault("base: &b {x: 1}\nuse:\n  <<: *b\n")
                == "line 3, column 3: merge keys (<<) are not supported; write the keys out"
        )
        #expect(throws: Never.self) { try parse("'<<': 1") }
    }

    @Test func keys_areScalars() {
        #expect(fault("? [a]\n: 1\n") == "line 1, column 3: a key should be a word or a text in quotes")
    }

    @Test(arguments: [
        ("a: !ruby/object:Gem x", "line 1, column 4: the tag !ruby/object:Gem is not known here; remove it"),
        ("a: !!binary eHg=", "line 1, column 4: the tag !!binary is not known here; remove it"),
        ("a: !!set {x}", "line 1, column 4: the tag !!set is not known here; remove it"),
        ("a: !!int x1", "line 1, column 4: \"x1\" is not what its tag !!int says"),
    ])
    func tags_areRefused_whenUnknownOrUntrue(_ text: String, _ message: String) {
        #expect(fault(text) == message)
    }

    @Test func tags_ofTheCoreSchema_areRead() throws {
        let root = try #require(
            try parse("a: !!str 12\nb: !!int \"12\"\nc: !!float 3\nd: ! 4\ne: !!seq [1]\nf: !!map {}\n"))
        #expect(root["a"]?.scalar == .string("12"))
        #expect(root["b"]?.scalar == .int(12))
        #expect(root["c"]?.scalar == .float(3))
        #expect(root["d"]?.scalar == .string("4"))
        #expect(root["e"]?.elements?.count == 1)
        #expect(root["f"]?.members == [])
    }

    // MARK: syntax

    @Test(arguments: [
        (
            "name: fix: typo\n",
            "line 1, column 10: mapping values are not allowed in this context; "
                + "put a value that has a colon and a space in it in quotes"
        ),
        (
            "a:\n\t- x\n",
            "line 2, column 1: found character that cannot start any token while scanning for the next token; "
                + "indent with spaces, not tabs, and put a value that begins with @ or ` or % in quotes"
        ),
        (
            "a: 'x\n",
            "line 2, column 1: found unexpected end of stream while scanning a quoted scalar "
                + "that began at line 1, column 4; a quote or bracket is not closed"
        ),
        (
            "a: 1\n b: 2\n",
            "line 2, column 3: mapping values are not allowed in this context; "
                + "put a value that has a colon and a space in it in quotes"
        ),
        (
            "a: [1, 2\n",
            "line 2, column 1: did not find expected ',' or ']' while parsing a flow sequence "
                + "that began at line 1, column 4"
        ),
        ("a: \u{1}\n", "line 1, column 4: control characters are not allowed (byte 3)"),
    ])
    func syntaxFault_saysWhereAndHowToMendIt(_ text: String, _ message: String) {
        #expect(fault(text) == message)
    }

    @Test func invalidUTF8_saysWhere() {
        let error = #expect(throws: YAMLError.self) { try parseYAML(Array("a: 1\nb: ".utf8) + [0xFF, 0x0A]) }
        #expect(error?.description == "line 2, column 4: invalid leading UTF-8 octet (byte 8)")
    }

    // MARK: hostile bytes

    @Test func mutations_neverCrash() {
        let seed = "name: x\ngoal: |\n  do\n  it\nafter: [a, 'b', \"c\\u0041\"]\nm: &a {k: *a, ? q : !!str 1}\n# c\n"
        var random = SplitMix(state: 42)
        for _ in 0..<5_000 {
            var bytes = Array(seed.utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                case 2:
                    bytes.insert(Array("&*!|>%@`-?:,[]{}#'\"\n\t ".utf8).randomElement(using: &random) ?? 0, at: index)
                default: bytes.insert(contentsOf: bytes[index...].prefix(20), at: index)
                }
            }
            _ = try? parseYAML(bytes)
        }
    }
}

/// A small generator with a seed, so that a failure can be seen again.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
