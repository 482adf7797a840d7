import LoopbackServer
import Testing

@testable import Curl

@Suite(.timeLimit(.minutes(3))) struct CurlLimitTests {
    let client = CurlClient()

    @Test(arguments: ["Content-Length: 11", "Transfer-Encoding: chunked"])
    func body_overTheLimit_throwsBodyTooLarge_andClosesTheConnection(framing: String) async throws {
        let facts = Facts(of: Bool.self)
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
            connection.write(framing.hasPrefix("C") ? "hello world" : "b\r\nhello world\r\n")
            facts.report(connection.waitForEnd())
        }
        let error = await #expect(throws: CurlError.self) {
            try await client.send(CurlRequest(url: server.url(), maximumBody: 10))
        }
        #expect(error?.code == .bodyTooLarge)
        #expect(error?.wasPossiblySent == true)
        #expect(try await facts.next())
    }

    @Test func body_ofExactlyTheLimit_isTaken() async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.respond("200 OK", "0123456789")
        }
        let response = try await client.send(CurlRequest(url: server.url(), maximumBody: 10))
        #expect(response.body.count == 10)
    }

    enum Excess: CaseIterable {
        case fields, line, interimResponses

        var head: String {
            switch self {
            case .fields:
                "HTTP/1.1 200 OK\r\n" + String(repeating: "X-Many: 1\r\n", count: CurlHeaders.maximumCount + 1) + "\r\n"
            case .line: "HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: CurlHeaders.maximumSize) + "\r\n\r\n"
            case .interimResponses: String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 4000)
            }
        }
    }

    @Test(arguments: Excess.allCases)
    func head_overTheLimit_throwsHeadersTooLarge(excess: Excess) async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write(excess.head)
            _ = connection.waitForEnd()
        }
        let error = await #expect(throws: CurlError.self) { try await client.send(CurlRequest(url: server.url())) }
        #expect(error?.code == .headersTooLarge)
        #expect(error?.wasPossiblySent == true)
    }

    @Test func head_ofExactlyTheLimit_isTaken() async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.respond("200 OK", headers: (1..<CurlHeaders.maximumCount).map { "X-\($0): y" })
        }
        let response = try await client.send(CurlRequest(url: server.url()))
        #expect(response.headers.fields.count == CurlHeaders.maximumCount)
    }

    @Test func totalTimeout_endsASilentExchange() async throws {
        let facts = Facts(of: Bool.self)
        let server = try TestServer { connection in
            _ = connection.read()
            facts.report(connection.waitForEnd())
        }
        let error = await #expect(throws: CurlError.self) {
            try await client.send(CurlRequest(url: server.url(), timeout: .milliseconds(50)))
        }
        #expect(error?.code == .timeout)
        #expect(error?.wasPossiblySent == true)
        #expect(try await facts.next())
    }

    @Test func totalTimeout_endsAnExchangeThatTrickles() async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\n\r\n")
            while connection.write(".") {}
        }
        let request = CurlRequest(url: server.url(), timeout: .milliseconds(100), maximumBody: .max)
        let error = await #expect(throws: CurlError.self) { try await client.send(request) }
        #expect(error?.code == .timeout)
    }

    @Test func idleTimeout_endsASilentExchange() async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n.")
            _ = connection.waitForEnd()
        }
        let request = CurlRequest(url: server.url(), timeout: nil, idleTimeout: .milliseconds(50))
        let error = await #expect(throws: CurlError.self) { try await client.send(request) }
        #expect(error?.code == .timeout)
        #expect(error?.message == "the server sent nothing for 0.05 seconds")
        #expect(error?.wasPossiblySent == true)
    }

    @Test func connectTimeout_coversTheHandshake_andNothingWasSent() async throws {
        let server = try TestServer { connection in _ = connection.waitForEnd() }
        let request = CurlRequest(url: server.url(scheme: "https"), connectTimeout: .milliseconds(50))
        let error = await #expect(throws: CurlError.self) { try await client.send(request) }
        #expect(error?.code == .timeout)
        #expect(error?.wasPossiblySent == false)
    }

    @Test(arguments: [
        (Duration.zero, 1), (.seconds(-5), 1), (.nanoseconds(1), 1), (.microseconds(1001), 2), (.seconds(3), 3000),
        (.seconds(Int64.max), 2_000_000_000),
    ])
    func durations_areRoundedUpAndClamped(duration: Duration, milliseconds: Int) {
        #expect(duration.wholeMilliseconds == milliseconds)
    }
}
