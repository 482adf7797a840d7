import Crypto
import FoundationEssentials

/// The headers by which a receiver knows that a webhook is ours, unchanged, and not an old one sent again.
///
/// Standard Webhooks 1.0: `webhook-id` is the same for every attempt, `webhook-timestamp` is the attempt's, and
/// `webhook-signature` holds a `v1,` and the base64 of HMAC-SHA-256 over `ID.TIMESTAMP.BODY` for each secret, with a
/// space between them, so that a receiver may know the old or the new one while a secret is changed.
/// `X-OpenLoom-Signature-256` is what OpenLoom 0.17 sends: HMAC-SHA-256 over the body alone, keyed by the first secret's
/// text as it stands.
package enum WebhookSignature {
    /// Without secrets only the first two.
    package static func headers(
        id: String, timestamp: Int, body: [UInt8], secrets: [String]
    ) -> [(name: String, value: String)] {
        var headers = [(name: "webhook-id", value: id), (name: "webhook-timestamp", value: String(timestamp))]
        guard let first = secrets.first else { return headers }
        let signed = Array("\(id).\(timestamp).".utf8) + body
        let signatures = secrets.map { secret in
            "v1," + Data(mac(signed, key: standardKey(secret))).base64EncodedString()
        }
        headers.append((name: "webhook-signature", value: signatures.joined(separator: " ")))
        let digits = mac(body, key: Array(first.utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        headers.append((name: "X-OpenLoom-Signature-256", value: "sha256=" + digits.joined()))
        return headers
    }

    /// The key of Standard Webhooks: what the base64 behind `whsec_` stands for; the text itself for another secret.
    static func standardKey(_ secret: String) -> [UInt8] {
        guard secret.hasPrefix(prefix), let data = Data(base64Encoded: String(secret.dropFirst(prefix.count))) else {
            return Array(secret.utf8)
        }
        return Array(data)
    }

    private static let prefix = "whsec_"

    private static func mac(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key)))
    }
}
