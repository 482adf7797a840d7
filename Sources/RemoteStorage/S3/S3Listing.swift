import Connectors
import Curl

/// A page of a bucket's objects: the answer to ListObjectsV2.
struct S3Listing {
    struct Object {
        var key: String
        var size: Int?
        var version: String?
    }

    private(set) var objects: [Object] = []
    /// What the next page is asked for with; nil if this is the last.
    private(set) var next: String?

    init(_ body: [UInt8]) throws(ConnectorError) {
        guard let document = S3Document(body), document.name == "ListBucketResult" else {
            throw ConnectorError(.failed, "list: what answers is no S3 storage; is endpoint right?")
        }
        // Keys that have characters which XML has not; a storage that does not know of this says nothing of it.
        let isEncoded = document.text("EncodingType") == "url"
        for entry in document.all("Contents") {
            guard let text = entry.text("Key"), let key = isEncoded ? Self.decoded(text) : text else { continue }
            objects.append(
                Object(
                    key: key, size: entry.text("Size").flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil },
                    version: entry.text("ETag").map(Self.version)))
        }
        guard document.text("IsTruncated") == "true" else { return }
        guard let token = document.text("NextContinuationToken"), !token.isEmpty else {
            throw ConnectorError(.failed, "list: the storage says that there is more, but not how to ask for it")
        }
        next = token
    }

    /// An ETag without what may differ between two answers about one object.
    static func version(_ tag: String) -> String { tag.filter { $0 != "\"" } }

    /// As in a form: a space is written as a plus.
    private static func decoded(_ text: String) -> String? {
        percentDecoded(text.replacing("+", with: "%20"))
    }
}

/// How a copy ended.
struct S3CopyResult {
    /// Of the copy.
    let tag: String?
    /// Why there is none.
    let code: String?

    init(_ body: [UInt8]) throws(ConnectorError) {
        let document = S3Document(body)
        switch document?.name {
        case "CopyObjectResult": (tag, code) = (document?.text("ETag").map(S3Listing.version), nil)
        case "Error": (tag, code) = (nil, document?.text("Code") ?? "InternalError")
        default: throw ConnectorError(.failed, "move: the storage does not say how the copy went")
        }
    }
}
