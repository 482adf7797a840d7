import CCurl

/// A connection that was made, and closed again without a request.
package struct CurlConnection: Sendable, Hashable {
    /// What was connected to: the server's address, or the proxy's.
    package var address = ""
    /// When the server's own certificate ends, in seconds since 1970; nil without TLS, and where libcurl does not tell.
    package var certificateEnd: Double?

    init() {}

    /// What libcurl knows of a handle that has connected.
    init(_ handle: CurlHandle) {
        var text: UnsafePointer<CChar>?
        if ccurl_getinfo_string(handle.pointer, CURLINFO_PRIMARY_IP, &text) == CURLE_OK, let text {
            address = String(cString: text)
        }
        var certificates: UnsafeMutablePointer<curl_certinfo>?
        guard ccurl_getinfo_certificates(handle.pointer, &certificates) == CURLE_OK, let chain = certificates?.pointee,
            chain.num_of_certs > 0
        else { return }
        // The first of the chain is the server's.
        var next = chain.certinfo[0]
        let label = "expire date:"
        while let entry = next?.pointee {
            let line = entry.data.map { String(cString: $0) } ?? ""
            if line.lowercased().hasPrefix(label) {
                certificateEnd = CurlDate.seconds(String(line.dropFirst(label.count)))
            }
            next = entry.next
        }
    }
}
