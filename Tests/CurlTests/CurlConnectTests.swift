import LoopbackServer
import Synchronization
import Testing

@testable import Curl

/// Connecting without a request.
@Suite struct CurlConnectTests {
    @Test func connection_sendsNoByte_andIsClosed() async throws {
        let ended = Facts(of: Bool.self)
        let server = try TestServer { connection in ended.report(connection.read() == nil) }
        let curl = CurlClient()
        defer { curl.close() }
        var request = CurlRequest(method: "POST", url: server.url("/hook"), body: Array("secret".utf8))
        request.addressRule = AddressRule(allowsLoopback: true, allowsPrivate: false)
        let connection = try await curl.connect(request)
        #expect(connection.address == "127.0.0.1" && connection.certificateEnd == nil)
        #expect(try await ended.next())
        #expect(server.connections == 1)
    }

    @Test func connection_isHeldAgainstTheAddressRule() async throws {
        let server = try TestServer { _ = $0.read() }
        let curl = CurlClient()
        defer { curl.close() }
        var request = CurlRequest(url: server.url())
        request.addressRule = AddressRule(allowsLoopback: false, allowsPrivate: false)
        do {
            _ = try await curl.connect(request)
            Issue.record("it was connected")
        } catch {
            #expect(error.code == .addressRefused && !error.wasPossiblySent)
        }
        #expect(server.connections == 0)
    }

    @Test func connectionThatIsRefused_isAnError() async throws {
        let curl = CurlClient()
        defer { curl.close() }
        await #expect(throws: CurlError.self) { try await curl.connect(CurlRequest(url: "http://127.0.0.1:1/")) }
    }

    @Test(
        arguments: [
            ("Fri, 27 Nov 2026 09:30:00 GMT", 1_795_771_800.0), ("Nov 27 09:30:00 2026 GMT", 1_795_771_800),
            ("Jan  1 00:00:00 1970 GMT", 0), ("soon", nil), ("", nil),
        ] as [(String, Double?)]) func date_isReadAsItIsWritten(_ text: String, _ seconds: Double?)
    {
        #expect(CurlDate.seconds(text) == seconds)
    }
}
