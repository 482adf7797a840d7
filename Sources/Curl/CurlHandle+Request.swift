import CCurl

extension CurlHandle {
    /// Sets all options for one request, but not where its answer goes.
    ///
    /// - Throws: What ``CurlRequest/check()`` does; nothing has been sent.
    func prepare(_ request: CurlRequest, isStream: Bool) throws(CurlError) -> CurlTarget {
        let target = try request.check()
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        if let caFile = request.caFile { try set(CURLOPT_CAINFO, caFile) }
        // What this machine says to itself is never a proxy's business. For other hosts the environment decides.
        if target.isLoopback || (request.addressRule != nil && target.proxy == nil) {
            try set(CURLOPT_NOPROXY, "*")
        } else if request.addressRule != nil, let proxy = target.proxy {
            try set(CURLOPT_PROXY, proxy)
            try set(CURLOPT_NOPROXY, "")
        }
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_TCP_NODELAY, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_FRESH_CONNECT, request.freshConnection ? 1 : 0)
        try set(CURLOPT_USERAGENT, "openloom")

        // No SIGALRM. The thread blocks signals, so SIGPIPE needs no care either.
        try set(CURLOPT_NOSIGNAL, 1)
        // Without this, a transfer that is removed while its name is being resolved would block the thread, and with it
        // all other transfers, until the resolver gives up.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds)
        if let timeout = request.timeout, !isStream { try set(CURLOPT_TIMEOUT_MS, timeout.wholeMilliseconds) }

        if let credentials = request.basicAuth {
            try set(CURLOPT_HTTPAUTH, 1)  // CURLAUTH_BASIC, whose macro Swift can't read
            try set(CURLOPT_USERNAME, credentials.user)
            try set(CURLOPT_PASSWORD, credentials.password)
        }
        if request.connectsOnly {
            try set(CURLOPT_CONNECT_ONLY, 1)
            try set(CURLOPT_CERTINFO, 1)
        }
        try set(headerLines: request.headerLines)

        if let body = request.body { try set(body: body) }
        if request.method == "HEAD" {
            try set(CURLOPT_NOBODY, 1)
        } else {
            try set(CURLOPT_CUSTOMREQUEST, request.method)
        }
        return target
    }
}

extension CurlRequest {
    /// The header lines in libcurl's notation: `Name;` for an empty value, `Name:` to leave out one of its own.
    fileprivate var headerLines: [String] {
        var lines = headers.map { name, value in
            value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } ? "\(name);" : "\(name): \(value)"
        }
        lines.append("Expect:")
        if body != nil, !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        return lines
    }
}

extension Duration {
    /// Milliseconds as libcurl and poll take them: rounded up, at least 1, at most 23 days.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        if seconds >= 2_000_000 { return 2_000_000_000 }
        if seconds < 0 || attoseconds < 0 { return 1 }
        let milliseconds = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return max(1, Int(seconds) * 1000 + Int(milliseconds))
    }
}
