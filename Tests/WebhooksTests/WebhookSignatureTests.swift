import Testing

@testable import Webhooks

/// Vectors made with the package `standardwebhooks` 1.1.0 of PyPI and with Python's `hmac`.
@Suite struct WebhookSignatureTests {
    let body = Array(#"{"event":"TASK_COMPLETED","task_id":"x","name":"Grüße"}"#.utf8)

    private func headers(_ secrets: [String]) -> [String: String] {
        let made = WebhookSignature.headers(
            id: "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", timestamp: 1_674_087_231, body: body, secrets: secrets)
        return Dictionary(made.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    @Test func signature_isThatOfStandardWebhooks() {
        let headers = headers(["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"])
        #expect(headers["webhook-id"] == "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W")
        #expect(headers["webhook-timestamp"] == "1674087231")
        #expect(headers["webhook-signature"] == "v1,zQD4BhiTcnt8AXm/ao5xsngDkFwYeQRYw7BdrD7vWcA=")
        #expect(
            headers["X-OpenLoom-Signature-256"]
                == "sha256=87798a4aff1ca418247a28ea9bd08f4623386b5e30911955a1660cb3a74ef119")
    }

    @Test func signatures_areSeveral_whileASecretIsChanged() {
        let headers = headers(["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
        #expect(
            headers["webhook-signature"]
                == "v1,zQD4BhiTcnt8AXm/ao5xsngDkFwYeQRYw7BdrD7vWcA= v1,sc0Jhgar5KuDdhIbLpWpum/Um1wpWui6AzHUWklDQmQ=")
        #expect(
            headers["X-OpenLoom-Signature-256"]
                == "sha256=87798a4aff1ca418247a28ea9bd08f4623386b5e30911955a1660cb3a74ef119")
    }

    @Test func secretWithoutPrefix_isItsOwnKey() {
        let headers = headers(["shared-secret"])
        #expect(headers["webhook-signature"] == "v1,yuGYn/AOTC9J1PPvyfA0F+spDujVPZUAVdE2UiFHCQc=")
        #expect(
            headers["X-OpenLoom-Signature-256"]
                == "sha256=afff499a008dc9e1698aa74e45e47da060c22296d13556645fa39b3e20c59442")
    }

    @Test func withoutSecret_nothingIsSigned() {
        #expect(headers([]).keys.sorted() == ["webhook-id", "webhook-timestamp"])
    }
}
