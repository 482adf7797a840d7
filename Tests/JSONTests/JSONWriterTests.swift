import JSON
import Testing

@Suite struct JSONWriterTests {
    private static let samples: [JSONValue] = [
        nil, true, false, 0, -1, .int(.max), .int(.min), 0.5, -2.25, 1e20, .double(.leastNonzeroMagnitude),
        .double(.greatestFiniteMagnitude), "",
        "plain", "\"\\/\u{8}\u{C}\n\r\t\0\u{1F}\u{7F}", "naïve \u{1F600} \u{2028}\u{10FFFF}", [], [:], [[], [:], [[]]],
        ["a": 1, "b": [1, 2.5, "x", nil, true], "c": ["d": ["e": []]], "": "empty name", "q\"\\\n": "\u{1}"],
    ]

    @Test(arguments: samples)
    func compact_isReadBackAsItWas(_ value: JSONValue) throws {
        #expect(try JSONValue(parsing: value.compact) == value)
        #expect(!value.compact.contains("\n"))
    }

    @Test(arguments: samples)
    func pretty_isReadBackAsItWas(_ value: JSONValue) throws {
        #expect(try JSONValue(parsing: value.pretty) == value)
        #expect(value.pretty.hasSuffix("\n"))
    }

    @Test(arguments: samples)
    func text_isTheSame_whenWrittenTwice(_ value: JSONValue) throws {
        #expect(try JSONValue(parsing: value.pretty).pretty == value.pretty)
    }

    @Test func compact_hasNoSpace() {
        let value: JSONValue = ["a": [1, "b c", nil], "d": [:], "e": []]
        #expect(value.compact == #"{"a":[1,"b c",null],"d":{},"e":[]}"#)
    }

    @Test func pretty_hasALinePerMember() {
        let value: JSONValue = ["a": [1, ["b": true]], "c": []]
        #expect(
            value.pretty == """
                {
                  "a": [
                    1,
                    {
                      "b": true
                    }
                  ],
                  "c": []
                }

                """)
    }

    @Test func string_isEscapedWhereItMust() {
        #expect(JSONValue.string("\"\\\n\r\t\u{0}\u{1F}\u{7F}é/").compact == #""\"\\\n\r\t\u0000\u001f\u007fé/""#)
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan])
    func double_thatJSONHasNoWordFor_isNull(_ value: Double) {
        #expect(JSONValue.double(value).compact == "null")
    }

    @Test func memberSetToNil_isGone_andTheOthersKeepTheirOrder() {
        var object: JSONObject = ["a": 1, "b": 2, "c": 3]
        object["b"] = nil
        object["a"] = 9
        object["d"] = 4
        #expect(object.keys == ["a", "c", "d"])
        #expect(object.count == 3)
        #expect(JSONValue.object(object).compact == #"{"a":9,"c":3,"d":4}"#)
    }

    @Test func objects_areEqual_whateverTheirOrder() {
        let one: JSONValue = ["a": 1, "b": 2]
        let other: JSONValue = ["b": 2, "a": 1]
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != ["a": 1])
    }

    @Test func accessors_giveNil_forAnotherKind() {
        let value: JSONValue = [1, "a"]
        #expect(value.string == nil && value.object == nil && value.bool == nil && value.double == nil)
        #expect(value["a"] == nil && value[5] == nil && value[-1] == nil)
        #expect(JSONValue.string("1").int == nil)
    }
}
