import Connectors
package import Curl
import Synchronization

/// Requests to an HTTP server about files beneath a URL, and what its refusals mean.
package final class StorageHTTP: Sendable {
    private let client: CurlClient
    /// `https://HOST:PORT`
    let server: String
    /// The names of the root.
    let root: [String]
    private let authorization: StorageAuthorization
    private let caFile: String?
    private let timeout: Duration
    /// Until when the server asked to be left alone.
    private let quietUntil = Mutex<ContinuousClock.Instant?>(nil)

    /// The longest that a server is left alone as it asked, in seconds.
    private static let longestQuiet = 3600
    /// How much of a page is read that says why not, in bytes.
    private static let longestRefusal = 1 << 16

    /// - Parameters:
    ///   - isEncrypted: Whether `https` is spoken.
    ///   - caFile: Certificates in PEM that are believed instead of the system's.
    ///   - timeout: Of one request.
    package init(
        client: CurlClient, url: StorageURL, isEncrypted: Bool, authorization: StorageAuthorization, caFile: String?,
        timeout: Duration
    ) {
        self.client = client
        server = "\(isEncrypted ? "https" : "http")://\(url.authority)"
        root = url.path
        self.authorization = authorization
        self.caFile = caFile
        self.timeout = timeout
    }

    /// The URL of a path beneath the root.
    func url(_ names: [String], isDirectory: Bool = false) -> String {
        let path = (root + names).map(percentEncoded(query:)).joined(separator: "/")
        return "\(server)/\(path)" + (isDirectory && !path.isEmpty ? "/" : "")
    }

    /// The path in a URL of what a page at a directory beneath the root calls `reference`, which is percent-encoded.
    func absolutePath(of directory: [String], reference: String) -> String {
        (root + directory).map { "/" + percentEncoded(query: $0) }.joined() + "/" + reference
    }

    /// Sends a request and waits for the whole answer, of any status that is not a refusal of everything.
    ///
    /// - Parameters:
    ///   - verb: What is done, for the error.
    ///   - limit: The most bytes of the answer.
    /// - Throws: Also while the server wants to be left alone; nothing is sent then.
    func send(
        _ verb: String, _ method: String, _ url: String, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil, limit: Int = 1 << 20
    ) async throws(ConnectorError) -> CurlResponse {
        if let until = quietUntil.withLock({ $0 }), until > .now {
            let left = (until - .now).components.seconds + 1
            throw ConnectorError(.failed, "\(verb): the server asked to be left alone for \(left) s more")
        }
        var request = CurlRequest(
            method: method, url: url, headers: headers, body: body, connectTimeout: min(timeout, .seconds(10)),
            timeout: timeout, maximumBody: max(limit, Self.longestRefusal) + 1)
        // What is too long is known by its status: of a refusal nobody reads the page.
        request.truncatesBody = true
        request.caFile = caFile
        switch authorization {
        case .none: break
        case .basic(let credentials): request.basicAuth = credentials
        case .bearer(let token): request.headers.append((name: "Authorization", value: "Bearer \(token)"))
        }
        let response: CurlResponse
        do {
            response = try await client.send(request)
        } catch {
            let isUnknown = error.code == .tls && caFile == nil
            let advice = isUnknown ? "; if its certificate is of an authority of your own, name it as ca_file" : ""
            throw ConnectorError(.failed, "\(verb): \(error.message)\(advice)")
        }
        if response.status / 100 == 2, response.body.count > limit {
            throw ConnectorError(
                method == "GET" ? .tooLarge : .failed, "\(verb): the answer is larger than \(limit) bytes")
        }
        if [429, 503].contains(response.status) { rest(response.headers["retry-after"]) }
        return response
    }

    /// Notes how long the server wants to be left alone. A date instead of seconds is taken for a minute.
    private func rest(_ retryAfter: String?) {
        guard let retryAfter else { return }
        let seconds = min(max(Int(retryAfter) ?? 60, 0), Self.longestQuiet)
        quietUntil.withLock { $0 = .now + .seconds(seconds) }
    }

    /// What a status means that is not what was hoped for.
    func fault(_ verb: String, _ response: CurlResponse) -> ConnectorError {
        let status = response.status
        let why: String
        switch status {
        case 300..<400:
            // A query may hold a secret.
            let place = response.headers["location"].map { Self.shown($0.prefix { $0 != "?" && $0 != "#" }) }
            why = "the server says that it is at \(place ?? "another place"); that is not followed: mend url"
        case 401: why = authorization.advice
        case 403: why = "the server does not allow it"
        case 404, 410: why = "it is not there"
        case 405, 501: why = "the server knows no such operation there; check url"
        case 409: why = "the directory that it is to be in is not there"
        case 412: why = "there is a file already"
        case 413: why = "the server takes no file that is so large"
        case 423: why = "somebody has locked it"
        case 429: why = "the server has had too many requests"
        case 503: why = "the server is out of order for now"
        case 507: why = "the storage is full"
        case 500...: why = "the server failed"
        default: why = "the server gave an answer that makes no sense here; check url"
        }
        let after = [429, 503].contains(status) ? response.headers["retry-after"].map { Self.shown($0[...]) } : nil
        return ConnectorError(.failed, "\(verb): \(why) (HTTP \(status)\(after.map { ", Retry-After: \($0)" } ?? ""))")
    }

    private static func shown(_ text: Substring) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(200).map { $0.value < 32 ? " " : $0 }))
    }

    /// A file's bytes; nil if it is not there.
    func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? {
        let (directory, name) = try StoragePath.file(path)
        let response = try await send("download", "GET", url(directory + [name]), limit: limit)
        switch response.status {
        case 200: return response.body
        case 404, 410: return nil
        default: throw fault("download", response)
        }
    }

    /// The path beneath the root that a URL of the server's names, percent-decoded; nil if it lies elsewhere.
    ///
    /// - Parameter reference: A path, or a whole URL. Its host is not looked at: behind a proxy it may be another, and
    ///   nothing is sent there.
    func path(of reference: String) -> [String]? {
        var path = reference[...]
        if let mark = path.firstRange(of: "://") {
            let rest = path[mark.upperBound...]
            path = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
        }
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        var names: [String] = []
        for part in path.utf8.split(separator: UInt8(ascii: "/")) {
            guard let name = percentDecoded(String(Substring(part))), StoragePath.isName(name) else { return nil }
            names.append(name)
        }
        guard names.starts(with: root) else { return nil }
        return Array(names.dropFirst(root.count))
    }
}
