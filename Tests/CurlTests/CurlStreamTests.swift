import LoopbackServer
import Testing

@testable import Curl

@Suite(.timeLimit(.minutes(3))) struct CurlStreamTests {
    let client = CurlClient()
    private let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test func chunks_arriveSingly_andTheSequenceEndsWithTheBody() async throws {
        let gates = (0..<4).map { _ in Gate() }
        let server = try TestServer { [head] connection in
            _ = connection.read()
            connection.write(head)
            for (gate, text) in zip(gates, ["one", "two", "three"]) {
                gate.wait()
                connection.write("\(text.utf8.count)\r\n\(text)\r\n")
            }
            gates[3].wait()
            connection.write("0\r\n\r\n")
        }
        let stream = try await client.stream(CurlRequest(url: server.url()))
        #expect(stream.status == 200)
        #expect(stream.contentType == "text/event-stream")
        var iterator = stream.makeAsyncIterator()
        for (gate, text) in zip(gates, ["one", "two", "three"]) {
            gate.open()
            #expect(try await iterator.next() == Array(text.utf8))
        }
        gates[3].open()
        #expect(try await iterator.next() == nil)
        #expect(try await iterator.next() == nil)
    }

    @Test func stream_ofAnErrorStatus_isAStream() async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.respond("401 Unauthorized", "no")
        }
        let stream = try await client.stream(CurlRequest(url: server.url()))
        #expect(stream.status == 401)
        var body: [UInt8] = []
        for try await chunk in stream { body += chunk }
        #expect(body == Array("no".utf8))
    }

    @Test func stream_withoutABody_endsAtOnce() async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 204 No Content\r\n\r\n")
            _ = connection.waitForEnd()
        }
        for try await _ in try await client.stream(CurlRequest(url: server.url())) { Issue.record("no chunk was sent") }
    }

    @Test func stream_thatTheServerBreaksOff_deliversWhatCame_thenThrows() async throws {
        let server = try TestServer { [head] connection in
            _ = connection.read()
            connection.write(head + "5\r\nhello\r\n5\r\nwo")
        }
        var body: [UInt8] = []
        let stream = try await client.stream(CurlRequest(url: server.url()))
        let error = await #expect(throws: CurlError.self) {
            for try await chunk in stream { body += chunk }
        }
        #expect(error?.code == .protocolError)
        #expect(error?.wasPossiblySent == true)
        #expect(body == Array("hellowo".utf8))
    }

    @Test func stream_toNobody_throwsBeforeThereIsOne() async throws {
        let closed = try ClosedPort()
        let error = await #expect(throws: CurlError.self) {
            try await client.stream(CurlRequest(url: "http://127.0.0.1:\(closed.port)/"))
        }
        #expect(error?.code == .couldNotConnect)
    }

    @Test func timeout_ofAStream_endsWithItsHead() async throws {
        let gate = Gate()
        let server = try TestServer { connection in
            guard let request = connection.read() else { return }
            if request.line.contains("silent") {
                _ = connection.waitForEnd()
            } else {
                connection.write("HTTP/1.1 200 OK\r\n\r\n")
                gate.wait()
                connection.write("late")
            }
        }
        // The loop looks at all transfers when one is late, so by then the first would have been ended too.
        let request = CurlRequest(url: server.url("/quick"), timeout: .milliseconds(500))
        let stream = try await client.stream(request)
        for _ in 0..<2 {
            let error = await #expect(throws: CurlError.self) {
                try await client.stream(CurlRequest(url: server.url("/silent"), timeout: .milliseconds(500)))
            }
            #expect(error?.code == .timeout)
            #expect(error?.message == "the response did not begin within 0.5 seconds")
        }
        gate.open()
        var iterator = stream.makeAsyncIterator()
        #expect(try await iterator.next() == Array("late".utf8))
    }

    @Test func idleTimeout_endsAStreamThatFallsSilent() async throws {
        let facts = Facts(of: Bool.self)
        let server = try TestServer { [head] connection in
            _ = connection.read()
            connection.write(head + "5\r\nhello\r\n")
            facts.report(connection.waitForEnd())
        }
        let request = CurlRequest(url: server.url(), timeout: nil, idleTimeout: .milliseconds(100))
        let stream = try await client.stream(request)
        var iterator = stream.makeAsyncIterator()
        #expect(try await iterator.next() == Array("hello".utf8))
        let error = await #expect(throws: CurlError.self) { try await iterator.next() }
        #expect(error?.code == .timeout)
        #expect(try await facts.next())
    }

    @Test func cancelledReader_throwsCancelled_andTheConnectionIsClosed() async throws {
        let facts = Facts(of: Bool.self)
        let server = try TestServer { [head] connection in
            _ = connection.read()
            connection.write(head + "5\r\nhello\r\n")
            facts.report(connection.waitForEnd())
        }
        let read = Facts(of: Void.self)
        let task = Task { [client] in
            await #expect(throws: CurlError.self) {
                for try await _ in try await client.stream(CurlRequest(url: server.url())) { read.report(()) }
            }
        }
        try await read.next()
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        #expect(try await facts.next())
    }

    @Test func readerThatLeaves_closesTheConnection_whileTheStreamIsInScope() async throws {
        let facts = Facts(of: Bool.self)
        let server = try TestServer { [head] connection in
            _ = connection.read()
            connection.write(head + "5\r\nhello\r\n")
            facts.report(connection.waitForEnd())
        }
        let stream = try await client.stream(CurlRequest(url: server.url()))
        for try await _ in stream { break }
        #expect(try await facts.next())
        var again = stream.makeAsyncIterator()
        let error = await #expect(throws: CurlError.self) { try await again.next() }
        #expect(error?.code == .cancelled)
    }

    @Test func streamThatIsNeverRead_closesTheConnection_whenItGoes() async throws {
        let facts = Facts(of: Bool.self)
        let server = try TestServer { [head] connection in
            _ = connection.read()
            connection.write(head)
            facts.report(connection.waitForEnd())
        }
        #expect(try await client.stream(CurlRequest(url: server.url())).status == 200)
        #expect(try await facts.next())
    }

    @Test func stream_outlivesTheLastReferenceToItsClient() async throws {
        let gate = Gate()
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\n\r\n")
            gate.wait()
            connection.write("still here")
        }
        let stream = try await CurlClient().stream(CurlRequest(url: server.url()))
        gate.open()
        var body: [UInt8] = []
        for try await chunk in stream { body += chunk }
        #expect(body == Array("still here".utf8))
    }

    @Test func slowReader_stopsTheServer_andGetsEveryByte() async throws {
        let piece = (0..<251 * 256).map { UInt8($0 % 251) }
        let pieces = 700
        let facts = Facts(of: Int.self)
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(pieces * piece.count)\r\n\r\n")
            var wasStuck = false
            for number in 0..<pieces {
                if !wasStuck, connection.isStuck() {
                    wasStuck = true
                    facts.report(number)
                }
                connection.write(piece)
            }
            if !wasStuck { facts.report(pieces) }
        }
        // The idle clock must not run while the server waits for us.
        let request = CurlRequest(url: server.url(), timeout: nil, idleTimeout: .milliseconds(400))
        let stream = try await client.stream(request)
        #expect(try await facts.next() < pieces)
        var count = 0
        var isIntact = true
        var largest = 0
        for try await chunk in stream {
            isIntact = isIntact && Int(chunk[0]) == count % 251
            count += chunk.count
            largest = max(largest, chunk.count)
        }
        #expect(isIntact)
        #expect(count == pieces * piece.count)
        #expect((CurlStreamBuffer.maximumUnread..<CurlStreamBuffer.maximumUnread + 65536).contains(largest))
    }
}
