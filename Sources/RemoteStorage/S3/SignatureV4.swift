import Crypto
import Curl
package import Spool

/// Signs requests as Amazon's "Signature Version 4" says, for S3: what is signed is not encoded twice.
///
/// libcurl's own (`CURLOPT_AWS_SIGV4`) is of no use here: before 8.5 it signs the query as it stands instead of sorted, and
/// sends no `x-amz-content-sha256`, without which S3 refuses a request.
package struct SignatureV4: Sendable {
    package var credentials: S3Credentials
    package var region: String

    package init(credentials: S3Credentials, region: String) {
        self.credentials = credentials
        self.region = region
    }

    /// - Parameters:
    ///   - path: As it is sent: percent-encoded, from the first slash on.
    ///   - query: Names and values, not encoded.
    ///   - headers: All that are to be signed, `Host` among them.
    ///   - body: What is sent after the head.
    /// - Returns: The headers to send: those given, and those that the signature consists of.
    package func sign(
        method: String, path: String, query: [(name: String, value: String)],
        headers: [(name: String, value: String)], body: [UInt8], at time: Timestamp
    ) -> [(name: String, value: String)] {
        let hash = ContentHash.text(body)
        // 20261123T093000Z
        let moment = time.compact.prefix(15) + "Z"
        let scope = "\(moment.prefix(8))/\(region)/s3/aws4_request"
        var headers = headers
        headers.append(("x-amz-content-sha256", hash))
        headers.append(("x-amz-date", String(moment)))
        if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
        let signed = headers.map { (name: $0.name.lowercased(), value: Self.collapsed($0.value)) }
            .sorted { $0.name < $1.name }
        let names = signed.map(\.name).joined(separator: ";")
        let request = [
            method, path, Self.canonical(query), signed.map { "\($0.name):\($0.value)\n" }.joined(), names, hash,
        ].joined(separator: "\n")
        let text = "AWS4-HMAC-SHA256\n\(moment)\n\(scope)\n\(ContentHash.text(Array(request.utf8)))"
        var key = Array("AWS4\(credentials.secretKey)".utf8)
        for part in scope.split(separator: "/") { key = Self.hmac(String(part), key) }
        let signature = Self.hexadecimal(Self.hmac(text, key))
        headers.append(
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope),SignedHeaders=\(names),Signature=\(signature)"
            ))
        return headers
    }

    /// The query as it is signed, which is how it has to be sent as well.
    package static func canonical(_ query: [(name: String, value: String)]) -> String {
        query.map { (name: percentEncoded(query: $0.name), value: percentEncoded(query: $0.value)) }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
            .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    /// Without spaces around, and with single ones inside.
    private static func collapsed(_ value: String) -> String {
        value.split(separator: " ").joined(separator: " ")
    }

    private static func hmac(_ text: String, _ key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}
