import Crypto
import FoundationEssentials

/// How a source proves that a request is its own. Compared in constant time, over the bytes as they came.
package struct SourceVerification: Sendable, Hashable {
    package enum Scheme: String, Sendable, Hashable, CaseIterable {
        /// It does not: whoever may submit tasks may send it.
        case none
        /// HMAC-SHA-256 over the body, in hexadecimal.
        case hmacHex = "hmac-sha256-hex"
        /// HMAC-SHA-256 over the body, in base64.
        case hmacBase64 = "hmac-sha256-base64"
        /// The secret itself, in a header.
        case token
        /// Standard Webhooks 1.0: also proves when it was sent.
        case standardWebhooks = "standard-webhooks"
    }

    package var scheme: Scheme
    /// In lower case.
    package var header: String
    /// What stands before the signature in that header.
    package var prefix: String
    /// Any of them will do, while one is replaced.
    package var secrets: [String]

    /// How old a request may be, or how far in the future, in seconds: as Standard Webhooks recommends.
    static let tolerance = 300.0

    package init(scheme: Scheme, header: String = "", prefix: String = "", secrets: [String] = []) {
        self.scheme = scheme
        self.header = header.lowercased()
        self.prefix = prefix
        self.secrets = secrets
    }

    /// - Parameter now: Seconds since 1970.
    func check(_ request: SourceRequest, now: Double) throws(SourceRejection) {
        switch scheme {
        case .none: return
        case .hmacHex:
            let given = try signature(request)
            try require(Self.bytes(hex: given).map { mac in fits(mac, request.body) } ?? false)
        case .hmacBase64:
            let given = try signature(request)
            try require(Data(base64Encoded: given).map { mac in fits(Array(mac), request.body) } ?? false)
        case .token:
            let given = Array(try signature(request).utf8)
            // Of digests, so that the time tells neither where two differ nor how long the secret is.
            let digest = SHA256.hash(data: given)
            try require(secrets.contains { Self.isEqual(SHA256.hash(data: Array($0.utf8)), digest) })
        case .standardWebhooks: try checkStandard(request, now: now)
        }
    }

    private func signature(_ request: SourceRequest) throws(SourceRejection) -> String {
        guard let value = request.headers[header] else {
            throw SourceRejection(.unauthorized, "the header \(header) is missing")
        }
        guard value.hasPrefix(prefix) else {
            throw SourceRejection(.unauthorized, "the header \(header) should begin with \(prefix)")
        }
        return String(value.dropFirst(prefix.count))
    }

    private func require(_ fits: Bool) throws(SourceRejection) {
        guard fits else {
            throw SourceRejection(.unauthorized, "the signature fits none of the source's secrets")
        }
    }

    private func fits(_ mac: [UInt8], _ bytes: [UInt8]) -> Bool {
        secrets.contains { Self.fits(mac, bytes, key: Array($0.utf8)) }
    }

    private static func fits(_ mac: [UInt8], _ bytes: [UInt8], key: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(mac, authenticating: bytes, using: SymmetricKey(data: key))
    }

    private func checkStandard(_ request: SourceRequest, now: Double) throws(SourceRejection) {
        guard let id = request.headers["webhook-id"], let stamp = request.headers["webhook-timestamp"],
            let signatures = request.headers["webhook-signature"], let time = Int(stamp)
        else {
            throw SourceRejection(
                .unauthorized, "webhook-id, webhook-timestamp or webhook-signature is missing")
        }
        guard abs(now - Double(time)) <= Self.tolerance else {
            throw SourceRejection(.unauthorized, "the request is too old, or from the future")
        }
        let signed = Array("\(id).\(stamp).".utf8) + request.body
        let macs = signatures.split(separator: " ").compactMap { word -> [UInt8]? in
            guard word.hasPrefix("v1,") else { return nil }
            return Data(base64Encoded: String(word.dropFirst(3))).map { Array($0) }
        }
        try require(
            secrets.contains { secret in
                let key = Self.standardKey(secret)
                return macs.contains { Self.fits($0, signed, key: key) }
            })
    }

    /// What the base64 behind `whsec_` stands for; the text itself for another secret.
    private static func standardKey(_ secret: String) -> [UInt8] {
        guard secret.hasPrefix("whsec_"), let data = Data(base64Encoded: String(secret.dropFirst(6))) else {
            return Array(secret.utf8)
        }
        return Array(data)
    }

    private static func isEqual(_ left: SHA256.Digest, _ right: SHA256.Digest) -> Bool {
        // swift-crypto compares digests in constant time.
        left == right
    }

    private static func bytes(hex text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}
