import Curl
import Daemon
import DaemonConfiguration
import JSON
import Spool
import Webhooks

/// Each endpoint: its name, its address, a connection, TLS and its certificate. Nothing is sent, unless asked for.
struct WebhooksCheck: DoctorCheck {
    let name = "webhooks"
    let patience = Duration.seconds(60)

    /// A certificate that ends sooner is told of.
    static let leastDays = 14.0

    func examine(_ scene: DoctorScene) async -> [DoctorFinding] {
        let endpoints = scene.configuration.webhookEndpoints
        if endpoints.isEmpty { return [good("none is configured")] }
        let curl = CurlClient()
        defer { curl.close() }
        return await withTaskGroup(of: (Int, [DoctorFinding]).self) { group in
            for (index, endpoint) in endpoints.enumerated() {
                group.addTask {
                    var findings = [await connect(endpoint, curl)]
                    if scene.sendsTestEvents, findings[0].level != .problem {
                        findings.append(await sendTest(endpoint, curl))
                    }
                    return (index, findings)
                }
            }
            var found: [(Int, [DoctorFinding])] = []
            for await findings in group { found.append(findings) }
            return found.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }

    private func title(_ endpoint: WebhookEndpoint) -> String { "webhook \(endpoint.name)" }

    private func connect(_ endpoint: WebhookEndpoint, _ curl: CurlClient) async -> DoctorFinding {
        var request = CurlRequest(
            method: "POST", url: endpoint.url, connectTimeout: endpoint.timeout, timeout: endpoint.timeout)
        request.addressRule = endpoint.addressRule
        do throws(CurlError) {
            return judge(endpoint, try await curl.connect(request), now: Timestamp.now().seconds)
        } catch {
            return judge(endpoint, error)
        }
    }

    func judge(_ endpoint: WebhookEndpoint, _ connection: CurlConnection, now: Double) -> DoctorFinding {
        guard let end = connection.certificateEnd else {
            return DoctorFinding(title(endpoint), .good, "connected to \(connection.address); nothing was sent")
        }
        let days = (end - now) / 86_400
        let day = Timestamp(seconds: Int(end), nanoseconds: 0).iso8601.prefix(10)
        if days < Self.leastDays {
            return DoctorFinding(
                title(endpoint), .warning, "its certificate ends on \(day), in \(Int(days)) days",
                mend: "have the certificate renewed; webhooks wait after that day")
        }
        return DoctorFinding(
            title(endpoint), .good,
            "connected to \(connection.address) with TLS, certificate until \(day); nothing was sent")
    }

    func judge(_ endpoint: WebhookEndpoint, _ error: CurlError) -> DoctorFinding {
        let place = "the endpoint's entry in notify.webhook"
        let mend: String? =
            switch error.code {
            case .couldNotResolve: "correct the host in url of \(place), or the machine's DNS"
            case .addressRefused: "allow_private: true in \(place), if it is meant to be a private network's"
            case .couldNotConnect: "start the receiver, or correct the port in url of \(place)"
            case .timeout: "timeout_s in \(place), or a firewall between"
            case .tls: "sudo apt-get install ca-certificates; or have the receiver's certificate renewed"
            default: nil
            }
        return DoctorFinding(title(endpoint), .problem, "can't be connected to: \(error.message)", mend: mend)
    }

    private func sendTest(_ endpoint: WebhookEndpoint, _ curl: CurlClient) async -> DoctorFinding {
        let object = await WebhookTest(endpoint).send(curl)
        guard let status = object["status"]?.int else {
            return DoctorFinding(
                title(endpoint), .problem, "a test event was not delivered: \(object["error"]?.string ?? "")")
        }
        if object["ok"]?.bool == true {
            return DoctorFinding(title(endpoint), .good, "a test event was taken with status \(status)")
        }
        return DoctorFinding(
            title(endpoint), .problem, "a test event was answered with status \(status)",
            mend: "openloom webhooks test \(endpoint.name)")
    }
}
