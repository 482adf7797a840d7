import LoopbackServer
import Testing

@testable import Curl

@Suite(.timeLimit(.minutes(3))) struct CurlConnectionTests {
    let client = CurlClient()

    @Test func connection_isReused() async throws {
        let server = try TestServer { connection in
            while connection.read() != nil { connection.respond("200 OK", "\(connection.index)") }
        }
        for _ in 0..<5 {
            #expect(try await client.send(CurlRequest(url: server.url())).body == Array("0".utf8))
        }
        let fresh = CurlRequest(method: "POST", url: server.url(), body: [], freshConnection: true)
        #expect(try await client.send(fresh).body == Array("1".utf8))
        #expect(server.connections == 2)
    }

    @Test(arguments: ["GET", "POST"])
    func connection_thatTheServerHasClosed_isReplacedUnnoticed(method: String) async throws {
        let facts = Facts(of: Void.self)
        let server = try TestServer { connection in
            guard connection.read() != nil else { return }
            connection.respond("200 OK", "\(connection.index)")
            connection.close()
            facts.report(())
        }
        let request = CurlRequest(method: method, url: server.url(), body: method == "POST" ? [1] : nil)
        for number in 0..<3 {
            #expect(try await client.send(request).body == Array("\(number)".utf8))
            try await facts.next()
        }
    }

    @Test(arguments: [false, true])
    func get_isRepeated_whenAReusedConnectionEndsWithoutAnAnswer(reset: Bool) async throws {
        let server = try TestServer { connection in
            while connection.read() != nil {
                connection.respond("200 OK", "\(connection.index)")
                if connection.index == 0 {
                    _ = connection.read()
                    return reset ? connection.reset() : ()
                }
            }
        }
        #expect(try await client.send(CurlRequest(url: server.url())).body == Array("0".utf8))
        #expect(try await client.send(CurlRequest(url: server.url())).body == Array("1".utf8))
    }

    @Test(arguments: [false, true])
    func post_isNotRepeated_whenAReusedConnectionEndsWithoutAnAnswer(reset: Bool) async throws {
        let facts = Facts(of: String.self)
        let server = try TestServer { connection in
            while let request = connection.read() {
                facts.report(request.line)
                if connection.index == 0, request.line.hasPrefix("POST") {
                    return reset ? connection.reset() : ()
                }
                connection.respond()
            }
        }
        _ = try await client.send(CurlRequest(url: server.url("/warm")))
        let error = await #expect(throws: CurlError.self) {
            try await client.send(CurlRequest(method: "POST", url: server.url("/once"), body: [1]))
        }
        #expect(error?.code == .protocolError)
        #expect(error?.wasPossiblySent == true)
        _ = try await client.send(CurlRequest(url: server.url("/after")))
        #expect(try await facts.next() == "GET /warm HTTP/1.1")
        #expect(try await facts.next() == "POST /once HTTP/1.1")
        #expect(try await facts.next() == "GET /after HTTP/1.1")
    }

    @Test func cancellation_closesTheConnection_andThrowsCancelled() async throws {
        let facts = Facts(of: Bool.self)
        let server = try TestServer { connection in
            facts.report(connection.read() != nil)
            facts.report(connection.waitForEnd())
        }
        let task = Task { [client] in
            await #expect(throws: CurlError.self) {
                try await client.send(CurlRequest(url: server.url(), timeout: nil))
            }
        }
        #expect(try await facts.next())
        task.cancel()
        let error = await task.value
        #expect(error?.code == .cancelled)
        #expect(error?.wasPossiblySent == true)
        #expect(try await facts.next())
    }

    @Test func cancellation_beforeTheStart_sendsNothing() async throws {
        let server = try TestServer { _ in }
        let gate = Facts(of: Void.self)
        let task = Task { [client] in
            // Returns early, with an error, once the task is cancelled.
            _ = try? await gate.next()
            return await #expect(throws: CurlError.self) { try await client.send(CurlRequest(url: server.url())) }
        }
        task.cancel()
        let error = await task.value
        #expect(error?.code == .cancelled)
        #expect(error?.wasPossiblySent == false)
        #expect(server.connections == 0)
    }

    @Test func close_failsWhatIsUnderWay_andWhatComesLater() async throws {
        let facts = Facts(of: Bool.self)
        let server = try TestServer { connection in
            guard let request = connection.read() else { return }
            if request.line.contains("stream") { connection.write("HTTP/1.1 200 OK\r\n\r\nfirst") }
            facts.report(true)
            facts.report(connection.waitForEnd())
        }
        let stream = try await client.stream(CurlRequest(url: server.url("/stream")))
        var iterator = stream.makeAsyncIterator()
        #expect(try await iterator.next() == Array("first".utf8))
        #expect(try await facts.next())
        let task = Task { [client] in
            await #expect(throws: CurlError.self) { try await client.send(CurlRequest(url: server.url("/send"))) }
        }
        #expect(try await facts.next())

        client.close()
        client.close()
        let error = await task.value
        #expect(error?.code == .closed)
        #expect(error?.wasPossiblySent == true)
        let broken = await #expect(throws: CurlError.self) { try await iterator.next() }
        #expect(broken?.code == .closed)
        let late = await #expect(throws: CurlError.self) { try await client.send(CurlRequest(url: server.url())) }
        #expect(late?.code == .closed)
        #expect(late?.wasPossiblySent == false)
        #expect(try await facts.next())
        #expect(try await facts.next())
    }

    @Test func deinit_closesIdleConnections() async throws {
        let facts = Facts(of: Bool.self)
        let server = try TestServer { connection in
            _ = connection.read()
            connection.respond()
            facts.report(connection.waitForEnd())
        }
        var mine: CurlClient? = CurlClient()
        _ = try await mine?.send(CurlRequest(url: server.url()))
        mine = nil
        #expect(try await facts.next())
    }

    @Test func client_thatIsNeverUsed_canBeClosed() async throws {
        client.close()
        let error = await #expect(throws: CurlError.self) {
            try await client.send(CurlRequest(url: "http://127.0.0.1/"))
        }
        #expect(error?.code == .closed)
    }
}
