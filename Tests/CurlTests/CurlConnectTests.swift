import Glibc
import LoopbackServer
import StorageServers
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

    @Test func encryptedConnection_tellsWhenTheCertificateEnds_andIsNoneWithoutTrust() async throws {
        // Its certificate was made a moment ago, for two days.
        let made = Double(time(nil))
        let server = try StorageServer("http-server.py", ["apache-tls"])
        let curl = CurlClient()
        defer { curl.close() }
        var request = CurlRequest(url: "https://127.0.0.1:\(server.port)/", connectTimeout: .seconds(30))
        do {
            _ = try await curl.connect(request)
            Issue.record("a certificate of nobody was taken")
        } catch {
            #expect(error.code == .tls)
        }
        request.caFile = server.facts["ca"]
        let end = try #require(await curl.connect(request).certificateEnd)
        let days = 2.0 * 86_400
        #expect((made + days - 5...Double(time(nil)) + days + 5).contains(end))
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
