import CCurl
import Glibc

/// Where a request goes, as far as its URL tells.
struct CurlTarget {
    /// Whether the host is this machine, by name or by address.
    var isLoopback: Bool
    /// The proxy that the environment names for it.
    var proxy: String?
}

extension CurlRequest {
    /// Refuses what would reach the server as something else than what the caller wrote.
    ///
    /// - Returns: Where it goes.
    /// - Throws: ``CurlError/Code/invalidURL``, ``CurlError/Code/invalidRequest`` or
    ///   ``CurlError/Code/addressRefused``; nothing has been sent.
    func check() throws(CurlError) -> CurlTarget {
        guard (1...32).contains(method.utf8.count), method.utf8.allSatisfy(isTokenByte) else {
            throw CurlError(.invalidRequest, "the method must be a word like GET or POST")
        }
        guard method != "HEAD" || body == nil else {
            throw CurlError(.invalidRequest, "a HEAD request has no body; send another method")
        }
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
                throw CurlError(.invalidRequest, "a header name has a character that HTTP does not allow there")
            }
            guard value.utf8.allSatisfy({ !isControl($0) || $0 == 0x09 }) else {
                throw CurlError(.invalidRequest, "the value of header \(name) has a line break or control character")
            }
            if ["content-length", "transfer-encoding", "expect"].contains(name.lowercased()) {
                throw CurlError(.invalidRequest, "header \(name) is set by the client itself; remove it")
            }
        }
        if let basicAuth {
            guard (basicAuth.user + basicAuth.password).utf8.allSatisfy({ !isControl($0) }) else {
                throw CurlError(.invalidRequest, "user or password has a control character")
            }
            guard !basicAuth.user.utf8.contains(UInt8(ascii: ":")) else {
                throw CurlError(
                    .invalidRequest, "the user must not contain a colon: basic authentication ends it there")
            }
        }
        return try checkURL()
    }

    private func checkURL() throws(CurlError) -> CurlTarget {
        guard url.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
            throw CurlError(.invalidURL, "the URL has a space or a character outside ASCII; percent-encode it")
        }
        guard let parsed = curl_url() else { throw CurlError(.invalidURL, "out of memory") }
        defer { curl_url_cleanup(parsed) }
        let code = curl_url_set(parsed, CURLUPART_URL, url, UInt32(CURLU_NON_SUPPORT_SCHEME))
        guard code == CURLUE_OK else {
            throw CurlError(.invalidURL, "the URL can't be read: \(String(cString: curl_url_strerror(code)))")
        }
        guard let scheme = part(CURLUPART_SCHEME, of: parsed), scheme == "http" || scheme == "https" else {
            throw CurlError(.invalidURL, "the URL must start with http:// or https://")
        }
        guard part(CURLUPART_USER, of: parsed) == nil, part(CURLUPART_PASSWORD, of: parsed) == nil else {
            throw CurlError(.invalidURL, "the URL must not contain a user or password; give them apart from it")
        }
        guard let host = part(CURLUPART_HOST, of: parsed), !host.isEmpty else {
            throw CurlError(.invalidURL, "the URL has no host")
        }
        // Through a proxy no address of the host is seen here; one that is written out still is.
        if let addressRule, let address = IPAddress(host), let refusal = addressRule.refusal(of: address) {
            throw CurlError(.addressRefused, refusal)
        }
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let isLoopback = isLoopback(host: host)
        return CurlTarget(
            isLoopback: isLoopback, proxy: isLoopback ? nil : ProxyEnvironment.proxy(scheme: scheme, host: bare))
    }

    private func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}

/// Whether a URL's host, IPv6 addresses in brackets, can only be this machine.
func isLoopback(host: String) -> Bool {
    var name = host.lowercased()
    if name.hasPrefix("["), name.hasSuffix("]") {
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(name.dropFirst().dropLast()), &address) == 1 else { return false }
        let bytes = withUnsafeBytes(of: &address) { Array($0) }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? bytes[12] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }
    if name.hasSuffix(".") { name.removeLast() }
    if name == "localhost" || name.hasSuffix(".localhost") { return true }
    var address = in_addr()
    return inet_pton(AF_INET, name, &address) == 1 && UInt32(bigEndian: address.s_addr) >> 24 == 127
}

private func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

/// A `tchar` of RFC 9110.
private func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
