import RemoteStorage
import Spool
import Testing

/// The examples of Amazon's documentation, "Signature Calculations for the Authorization Header: Transferring Payload in a
/// Single Chunk".
@Suite struct SignatureV4Tests {
    private static let signature = SignatureV4(
        credentials: S3Credentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")

    struct Example: Sendable, CustomTestStringConvertible {
        var method = "GET"
        var path = "/"
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body = ""
        var names: String
        var signature: String

        var testDescription: String { "\(method) \(path)" }
    }

    static let examples = [
        Example(
            path: "/test.txt", headers: [("Range", "bytes=0-9")], names: "host;range;x-amz-content-sha256;x-amz-date",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Example(
            method: "PUT", path: "/test%24file.text",
            headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
            body: "Welcome to Amazon S3.", names: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        Example(
            query: [("lifecycle", "")], names: "host;x-amz-content-sha256;x-amz-date",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Example(
            query: [("prefix", "J"), ("max-keys", "2")], names: "host;x-amz-content-sha256;x-amz-date",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    @Test(arguments: examples)
    func examplesOfTheDocumentation_areSignedAsItSays(_ example: Example) throws {
        let time = try #require(Timestamp(iso8601: "2013-05-24T00:00:00Z"))
        let signed = Self.signature.sign(
            method: example.method, path: example.path, query: example.query,
            headers: example.headers + [(name: "Host", value: "examplebucket.s3.amazonaws.com")],
            body: Array(example.body.utf8), at: time)
        #expect(
            signed.last?.value
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + "SignedHeaders=\(example.names),Signature=\(example.signature)")
    }

    @Test func query_isSignedInTheOrderOfItsNames_andEncoded() {
        let query = [("prefix", "in/ü +%"), ("list-type", "2"), ("delimiter", "/")].map { (name: $0.0, value: $0.1) }
        #expect(SignatureV4.canonical(query) == "delimiter=%2F&list-type=2&prefix=in%2F%C3%BC%20%2B%25")
    }

    @Test func sessionToken_isSentAndSigned() throws {
        var signature = Self.signature
        signature.credentials.sessionToken = "a token"
        let signed = signature.sign(
            method: "GET", path: "/", query: [], headers: [], body: [], at: Timestamp(milliseconds: 0))
        #expect(signed.contains { $0.name == "x-amz-security-token" && $0.value == "a token" })
        #expect(signed.last?.value.contains(";x-amz-security-token,") == true)
        #expect("\(signature)\(String(reflecting: signature))".contains("wJalr") == false)
        var dumped = ""
        dump(signature, to: &dumped)
        #expect(!dumped.contains("wJalr") && !dumped.contains("a token"))
    }
}
