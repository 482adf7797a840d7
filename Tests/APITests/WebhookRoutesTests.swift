import API
import JSON
import Spool
import Testing

extension APITests {
    /// What only the dashboard asks of the outbox.
    @Suite struct WebhookRoutesTests {
        private static func endpoint(_ api: RunningAPI, deliveries: Int) throws -> EndpointName {
            let endpoint = try #require(EndpointName("ci"))
            try api.spool.makeEndpoint(endpoint, about: ["url": "https://ci.example", "format": "openloom"])
            let task = try #require(TaskID("task-1"))
            for number in 1...deliveries {
                let event = TaskEvent(number: number, kind: .created, id: task, name: "a", status: "pending")
                let delivery = OutboxDelivery(
                    name: DeliveryName(event), id: "hal-\(number)", created: .now(), body: .json([:]))
                _ = try api.spool.createDelivery(delivery, for: endpoint)
            }
            return endpoint
        }

        @Test func deliveries_areListedFromEitherEnd() async throws {
            try await RunningAPI.with { api in
                let path = "/api/webhooks/outbox/\(try Self.endpoint(api, deliveries: 7))"
                func numbers(_ query: String) async throws -> [Int?] {
                    (try await api.request("GET", path + query).json["deliveries"]?.array ?? []).map {
                        $0["number"]?.int
                    }
                }
                #expect(try await numbers("?state=new&limit=2") == [1, 2])
                #expect(try await numbers("?state=new&limit=2&order=newest") == [7, 6])
                #expect(try await numbers("?state=new&order=newest") == [7, 6, 5, 4, 3, 2, 1])
                expectStatus(400, try await api.request("GET", "\(path)?order=random"))
            }
        }

        @Test func test_isSentToAnEndpointOfTheConfiguration_andToNoOther() async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("POST", "/api/webhooks/outbox/hooks/test")
                #expect(answer.json["ok"] == true && answer.json["status"] == 204)
                expectStatus(404, try await api.request("POST", "/api/webhooks/outbox/other/test"))
            }
        }
    }
}
