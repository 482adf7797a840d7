import LoopbackServer
import Testing

@testable import Curl

@Suite(.timeLimit(.minutes(3))) struct CurlAddressTests {
    let client = CurlClient()

    static let kinds: [(String, IPAddress.Kind)] = [
        ("93.184.216.34", .public), ("2606:2800:220:1::1", .public), ("::ffff:93.184.216.34", .public),
        ("127.0.0.1", .loopback), ("127.9.9.9", .loopback), ("::1", .loopback), ("::ffff:127.0.0.1", .loopback),
        ("::127.0.0.1", .loopback), ("64:ff9b::127.0.0.1", .loopback), ("2002:7f00:1::", .loopback),
        ("10.1.2.3", .private), ("172.16.0.1", .private), ("172.31.255.255", .private), ("172.32.0.1", .public),
        ("192.168.1.1", .private), ("100.64.0.1", .private), ("fd12::1", .private), ("fc00::1", .private),
        ("fec0::1", .private), ("::ffff:10.0.0.1", .private), ("198.18.0.1", .private), ("2002:a00:1::", .private),
        ("169.254.169.254", .special), ("::ffff:169.254.169.254", .special), ("64:ff9b::a9fe:a9fe", .special),
        ("fd00:ec2::254", .special), ("100.100.100.200", .special), ("fe80::1", .special), ("fe80::1%1", .special),
        ("0.0.0.0", .special), ("::", .special), ("224.0.0.1", .special), ("255.255.255.255", .special),
        ("ff02::1", .special), ("2001::1", .special), ("100::1", .special),
    ]

    @Test(arguments: kinds)
    func address_isOfItsKind(text: String, kind: IPAddress.Kind) throws {
        #expect(try #require(IPAddress(text)).kind == kind)
    }

    @Test(arguments: ["localhost", "1.2.3", "1.2.3.4.5", "", "[::1", "g::1"])
    func text_thatIsNoAddress_isNone(text: String) {
        #expect(IPAddress(text) == nil)
    }

    private func request(_ url: String, loopback: Bool = false, private: Bool = false) -> CurlRequest {
        var request = CurlRequest(url: url)
        request.addressRule = AddressRule(allowsLoopback: loopback, allowsPrivate: `private`)
        return request
    }

    /// What `localhost` stands for is known only after it was looked up; decimal and hexadecimal forms are libcurl's
    /// to read.
    @Test(arguments: ["localhost", "127.0.0.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]"])
    func request_isNotSent_whereItsRuleForbidsTheAddress(host: String) async throws {
        let server = try TestServer { $0.respond() }
        let error = await #expect(throws: CurlError.self) {
            try await client.send(request("http://\(host):\(server.port)/"))
        }
        #expect(error?.code == .addressRefused, "\(error?.message ?? "")")
        #expect(error?.wasPossiblySent == false)
        #expect(server.connections == 0)
    }

    @Test(arguments: ["169.254.169.254", "[fe80::1]", "0.0.0.0", "[fd00:ec2::254]"])
    func specialAddress_isRefused_whateverIsAllowed(host: String) async throws {
        let error = await #expect(throws: CurlError.self) {
            try await client.send(request("http://\(host)/", loopback: true, private: true))
        }
        #expect(error?.code == .addressRefused)
    }

    @Test func keptConnection_isNotUsed_byARequestThatMayNotGoThere() async throws {
        let server = try TestServer { connection in
            while connection.read() != nil { connection.respond("200 OK", "hello") }
        }
        let url = "http://localhost:\(server.port)/"
        #expect(try await client.send(request(url, loopback: true)).status == 200)
        #expect(try await client.send(request(url, loopback: true)).status == 200)
        #expect(server.connections == 1)
        let error = await #expect(throws: CurlError.self) { try await client.send(request(url)) }
        #expect(error?.code == .addressRefused)
        #expect(error?.wasPossiblySent == false)
    }

    @Test func longBody_isCut_whereTheRequestSaysSo() async throws {
        let facts = Facts(of: Bool.self)
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n")
            facts.report(connection.waitForEnd())
        }
        var request = CurlRequest(url: server.url(), maximumBody: 5)
        request.truncatesBody = true
        let response = try await client.send(request)
        #expect(response.status == 200)
        #expect(String(decoding: response.body, as: UTF8.self) == "hello")
        #expect(try await facts.next())
    }

    static let proxies: [(scheme: String, host: String, environment: [String: String], expected: String?)] = [
        ("http", "a.example", [:], nil),
        ("http", "a.example", ["http_proxy": "http://p:1"], "http://p:1"),
        ("http", "a.example", ["HTTP_PROXY": "http://p:1"], nil),
        ("https", "a.example", ["HTTPS_PROXY": "http://p:1"], "http://p:1"),
        ("https", "a.example", ["http_proxy": "http://p:1"], nil),
        ("https", "a.example", ["ALL_PROXY": "socks5://p:1"], "socks5://p:1"),
        ("https", "a.example", ["https_proxy": "http://p:1", "no_proxy": "example"], nil),
        ("https", "a.example", ["https_proxy": "http://p:1", "no_proxy": "b, .A.example"], nil),
        ("https", "xa.example", ["https_proxy": "http://p:1", "no_proxy": "a.example"], "http://p:1"),
        ("https", "a.example", ["https_proxy": "http://p:1", "NO_PROXY": "*"], nil),
    ]

    @Test(arguments: proxies)
    func proxy_isThatOfTheEnvironment(
        scheme: String, host: String, environment: [String: String], expected: String?
    ) {
        #expect(ProxyEnvironment.proxy(scheme: scheme, host: host) { environment[$0] } == expected)
    }
}
