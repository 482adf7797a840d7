import Curl

/// Where a bucket is, and who may use it.
package struct S3Settings: Sendable {
    package var bucket: String
    /// The names that the keys of everything begin with; empty for the whole bucket.
    package var prefix: [String]
    /// `http://` or `https://`, host and port, perhaps a path; nil for Amazon's.
    package var endpoint: String?
    package var region: String
    /// Whether the bucket is named in the path, rather than in the host's name.
    package var isPathStyle: Bool
    package var credentials: S3Credentials
    /// How long one request may take.
    package var timeout: Duration

    /// - Parameter isPathStyle: Nil for what is usual: with an endpoint, and for buckets whose name has a dot, which no
    ///   certificate of `*.s3…` covers.
    package init(
        bucket: String, prefix: [String] = [], endpoint: String? = nil, region: String = "us-east-1",
        isPathStyle: Bool? = nil, credentials: S3Credentials, timeout: Duration = .seconds(60)
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.endpoint = endpoint
        self.region = region
        self.isPathStyle = isPathStyle ?? (endpoint != nil || bucket.contains("."))
        self.credentials = credentials
        self.timeout = timeout
    }

    /// Where requests go.
    struct Place {
        var scheme: String
        /// As it stands in the header `Host`.
        var host: String
        /// The bucket's, percent-encoded, without a slash at its end.
        var path: String
    }

    var place: Place {
        let text = endpoint ?? "https://s3.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
        let scheme = text.lowercased().hasPrefix("http://") ? "http" : "https"
        let rest = text.dropFirst(scheme.count + "://".count)
        var host = rest.prefix { $0 != "/" }.lowercased()
        let usual = scheme == "http" ? ":80" : ":443"
        if host.hasSuffix(usual) { host.removeLast(usual.count) }
        var path = rest.drop { $0 != "/" }.split(separator: "/")
            .map(String.init)
        if isPathStyle { path.append(percentEncoded(query: bucket)) } else { host = "\(bucket).\(host)" }
        return Place(scheme: scheme, host: host, path: path.map { "/\($0)" }.joined())
    }
}
