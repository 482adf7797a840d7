import Testing

@testable import Curl

@Suite struct ServerSentEventTests {
    private func parse(_ text: String) throws -> [ServerSentEvent] {
        var parser = ServerSentEventParser()
        return try parser.feed(Array(text.utf8))
    }

    @Test(arguments: ["\n", "\r", "\r\n"])
    func fields_areRead_withEveryLineEnd(end: String) throws {
        let lines = ["event: status", "id: 7", "data: one", "data:two", "data:  three", "other: x", "data", "", ""]
        let expected = ServerSentEvent(event: "status", data: "one\ntwo\n three\n", id: "7")
        #expect(try parse(lines.joined(separator: end)) == [expected])
    }

    @Test func eventWithoutData_isDropped_andItsNameForgotten() throws {
        #expect(try parse("event: a\n\ndata: x\n\n\n\n") == [ServerSentEvent(data: "x")])
    }

    @Test func emptyData_isAnEvent() throws {
        #expect(try parse("data\n\ndata:\n\n") == [ServerSentEvent(data: ""), ServerSentEvent(data: "")])
    }

    @Test func id_lasts_untilItIsReset() throws {
        let events = try parse("id: 1\ndata: a\n\ndata: b\n\nid: 2\u{0}\ndata: c\n\nid\ndata: d\n\n")
        #expect(events.map(\.id) == ["1", "1", "1", nil])
    }

    @Test func comments_areCounted() throws {
        var parser = ServerSentEventParser()
        #expect(try parser.feed(Array(": heartbeat\n\n:\n".utf8)).isEmpty)
        #expect(parser.comments == 2)
    }

    @Test func retry_isKept_ifItIsANumber() throws {
        var parser = ServerSentEventParser()
        _ = try parser.feed(Array("retry: 1500\nretry: -1\nretry: x\nretry: 99999999999999999999\n".utf8))
        #expect(parser.retry == .milliseconds(1500))
    }

    @Test func unfinishedEvent_isNotReturned() throws {
        #expect(try parse("data: x\n").isEmpty)
        #expect(try parse("data: x").isEmpty)
    }

    @Test func illFormedText_isReplaced() throws {
        var parser = ServerSentEventParser()
        let events = try parser.feed(Array("data: ".utf8) + [0xFF] + Array("\n\n".utf8))
        #expect(events.map(\.data) == ["\u{FFFD}"])
    }

    private static let sample =
        "\u{FEFF}data: ä€😀\r\ndata: second\r\n\r\n: comment\rid: 9\revent: e\rdata: x\r\rdata: {\"a\":1}\n\ndata\r\n\n"

    @Test func splitAnywhere_givesTheSameEvents() throws {
        let bytes = Array(Self.sample.utf8)
        let expected = [
            ServerSentEvent(data: "ä€😀\nsecond"), ServerSentEvent(event: "e", data: "x", id: "9"),
            ServerSentEvent(data: "{\"a\":1}", id: "9"), ServerSentEvent(data: "", id: "9"),
        ]
        for split in 0...bytes.count {
            var parser = ServerSentEventParser()
            var events = try parser.feed(Array(bytes[..<split]))
            events += try parser.feed([])
            events += try parser.feed(Array(bytes[split...]))
            #expect(events == expected, "split at \(split)")
            #expect(parser.comments == 1, "split at \(split)")
        }
        var parser = ServerSentEventParser()
        let events = try bytes.flatMap { try parser.feed([$0]) }
        #expect(events == expected)
    }

    @Test(arguments: ["data: 0123456789", "data: 01234\ndata: 56789\n", "event: 0123456789\n", ": 0123456789012"])
    func frameOverTheLimit_throws_nowAndLater(text: String) throws {
        var parser = ServerSentEventParser(maximumFrame: 12)
        #expect(throws: ServerSentEventError.frameTooLarge) { try parser.feed(Array(text.utf8)) }
        #expect(throws: ServerSentEventError.frameTooLarge) { try parser.feed(Array("\n\n".utf8)) }
        var single = ServerSentEventParser(maximumFrame: 12)
        #expect(throws: ServerSentEventError.frameTooLarge) {
            for byte in text.utf8 { _ = try single.feed([byte]) }
        }
    }

    @Test func frames_upToTheLimit_areTakenAgainAndAgain() throws {
        var parser = ServerSentEventParser(maximumFrame: 12)
        for _ in 0..<10 {
            #expect(try parser.feed(Array("data: 012345\n\n: 0123456\n".utf8)).map(\.data) == ["012345"])
        }
    }

    @Test(arguments: [
        ("", ""), ("aZ09-._~", "aZ09-._~"), ("a b&c=d/e+f%", "a%20b%26c%3Dd%2Fe%2Bf%25"),
        ("ä😀\n", "%C3%A4%F0%9F%98%80%0A"),
    ])
    func percentEncoding_keepsOnlyUnreserved(text: String, expected: String) {
        #expect(percentEncoded(query: text) == expected)
    }
}
