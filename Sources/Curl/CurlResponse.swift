/// A response that arrived whole, of any status.
package struct CurlResponse: Sendable {
    package var status: Int
    package var headers: CurlHeaders
    package var body: [UInt8]

    package init(status: Int, headers: CurlHeaders = CurlHeaders(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The media type in lower case, without parameters; nil if the server named none.
    package var contentType: String? { headers.mediaType }
}

extension CurlHeaders {
    /// The media type of `Content-Type` in lower case, without parameters; nil if there is none.
    package var mediaType: String? {
        guard let value = self["content-type"]?.prefix(while: { $0 != ";" && $0 != "," }) else { return nil }
        let words = value.split { $0 == " " || $0 == "\t" }
        return words.first?.lowercased()
    }
}
