import JSON
import Testing

@Suite struct JSONParserTests {
    private static let values: [(String, JSONValue)] = [
        ("null", JSONValue.null), ("true", true), ("false", false), ("0", 0), ("-0", 0), ("42", 42), ("-7", -7),
        ("1.5", 1.5), ("1e3", 1000.0), ("1E+3", 1000.0), ("25e-1", 2.5), ("\"\"", ""), ("\"a\"", "a"), ("[]", []),
        ("{}", [:]), ("[1,2,3]", [1, 2, 3]), (" \t\r\n[ 1 , 2 ] \n", [1, 2]),
        ("{\"a\":1,\"b\":[true,null]}", ["a": 1, "b": [true, nil]]),
    ]

    @Test(arguments: values)
    func parse_givesTheValue(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test func parse_keepsTheOrderOfMembers() throws {
        let object = try #require(try JSONValue(parsing: "{\"z\":1,\"a\":2,\"m\":3}").object)
        #expect(object.keys == ["z", "a", "m"])
        #expect(object.map(\.value) == [1, 2, 3])
    }

    @Test func parse_skipsAByteOrderMark() throws {
        #expect(try JSONValue(parsing: [0xEF, 0xBB, 0xBF] + Array("[1]".utf8)) == [1])
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "True", "tru", "+1", "01", "-", "-a", "1.", ".5", "1.e3", "1e", "1e+", "0x10", "NaN",
        "Infinity", "-Infinity", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "}", "{\"a\"", "{\"a\":",
        "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{1:1}", "'a'", "\"", "\"a", "\"\\", "\"\\x\"",
        "\"\\u12\"", "\"\\u12g4\"", "\"\\u\"", "\"\n\"", "\"\t\"", "1 2", "[1]]", "{}{}", "// a\n1", "/* a */ 1",
        "\u{FEFF}\u{FEFF}1",
    ])
    func parse_refuses(_ text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    // MARK: numbers

    @Test func int_isExactToTheLastOfItsBits() throws {
        #expect(try JSONValue(parsing: "9223372036854775807") == .int(.max))
        #expect(try JSONValue(parsing: "-9223372036854775808") == .int(.min))
    }

    @Test func int_becomesDouble_whenItDoesNotFit() throws {
        #expect(try JSONValue(parsing: "9223372036854775808") == .double(9_223_372_036_854_775_808))
        #expect(try JSONValue(parsing: "-9223372036854775809").double == -9_223_372_036_854_775_808.0)
    }

    @Test func number_isRefused_whenNoDoubleIsThatLarge() {
        for text in ["1e309", "-1e309", "1e999999999999999999999", "[0," + String(repeating: "9", count: 400) + "]"] {
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
            #expect(error?.message == "the number is out of range")
        }
    }

    @Test func number_mayHaveAHundredThousandDigits() throws {
        let text = "0." + String(repeating: "3", count: 100_000)
        #expect(try JSONValue(parsing: text).double == 1.0 / 3)
    }

    @Test(arguments: [("2.0", 2), ("2.5", nil), ("1e300", nil), ("9.3e18", nil), ("\"2\"", nil)])
    func int_isReadOfADouble_onlyWhenItIsWholeAndFits(_ text: String, _ expected: Int?) throws {
        #expect(try JSONValue(parsing: text).int == expected)
    }

    // MARK: strings

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "A\u{E9}\u{20AC}"),
        (#""\ud83d\ude00""#, "\u{1F600}"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""\u0000""#, "\0"),
        ("\"\u{1F600}\u{7F}é\"", "\u{1F600}\u{7F}é"),
    ])
    func string_isUnescaped(_ text: String, _ expected: String) throws {
        // By bytes: two spellings of one character are equal strings.
        #expect(Array(try #require(try JSONValue(parsing: text).string).utf8) == Array(expected.utf8))
    }

    @Test(arguments: [
        #""\ud83d""#, #""\ud83dx""#, #""\ud83d\n""#, #""\ud83d\ud83d""#, #""\ude00""#, #""\ude00\ud83d""#,
        #""\ud83d\u0041""#, #"{"\ud800": 1}"#,
    ])
    func string_isRefused_withHalfASurrogatePair(_ text: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.message == "half of a surrogate pair")
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xC3],
            [0x5C, 0x6E, 0xC3],
        ] as [[UInt8]])
    func string_isRefused_whenItIsNotUTF8(_ bytes: [UInt8]) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22] + bytes + [0x22]) }
        #expect(error?.message == "the string is not well-formed UTF-8")
        #expect(error?.line == 1)
    }

    @Test func bytes_areRefused_whenTheyAreNotUTF8OutsideOfAString() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x5B, 0xC3, 0xA9, 0x5D]) }
    }

    // MARK: members

    @Test func object_isRefused_whenANameIsThereTwice() {
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: "{\n  \"a\": 1,\n  \"b\": 2,\n  \"a\": 3\n}")
        }
        #expect(error == JSONError(message: "the name \"a\" is there twice", line: 4, column: 3))
    }

    @Test func object_isRefused_whenANameIsThereTwiceInTwoSpellings() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: #"{"a": 1, "\u0061": 2}"#) }
    }

    @Test func object_mayRepeatANameInsideOfAnother() throws {
        #expect(try JSONValue(parsing: #"{"a": {"a": 1}}"#)["a"]?["a"] == 1)
    }

    // MARK: limits

    @Test func depth_isBounded() throws {
        let limits = JSONLimits(depth: 3)
        #expect(try JSONValue(parsing: "[[[1]]]", limits: limits) == [[[1]]])
        #expect(try JSONValue(parsing: "{\"a\":[{}]}", limits: limits)["a"]?[0] == [:])
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "[[[[1]]]]", limits: limits) }
        #expect(error == JSONError(message: "nested more than 3 deep", line: 1, column: 4))
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"b\":"])
    func depth_isBounded_soThatNoStackEnds(_ opening: String) {
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: String(repeating: opening, count: 1_000_000))
        }
        #expect(error?.message == "nested more than 64 deep")
    }

    @Test func values_areCounted() throws {
        let limits = JSONLimits(values: 4)
        #expect(try JSONValue(parsing: "[1,2,3]", limits: limits) == [1, 2, 3])
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "[1,2,3,4]", limits: limits) }
        #expect(error?.message == "more than 4 values")
    }

    // MARK: positions

    @Test(arguments: [
        ("", 1, 1), ("tru", 1, 1), ("{\"a\": tru}", 1, 7), ("[1,\n 2,\n x]", 3, 2), ("[1]\n\nx", 3, 1),
        ("{\"a\": 1\n \"b\": 2}", 2, 2), ("[\"é\", x]", 1, 8), ("{\"a\": 1e999}", 1, 7), ("\"a\\qb\"", 1, 4),
        ("[1,\r\n2,\r\n,]", 3, 1),
    ])
    func error_saysLineAndColumn(_ text: String, _ line: Int, _ column: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.line == line)
        #expect(error?.column == column)
    }

    @Test func error_readsAsASentence() {
        let error = JSONError(message: "a colon should follow the name", line: 2, column: 9)
        #expect("\(error)" == "line 2, column 9: a colon should follow the name")
    }

    @Test func error_staysShort_whenANameIsLong() {
        let name = String(repeating: "n", count: 100_000)
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "{\"\(name)\":1,\"\(name)\":2}") }
        #expect((error?.message.utf8.count ?? .max) < 200)
    }
}
