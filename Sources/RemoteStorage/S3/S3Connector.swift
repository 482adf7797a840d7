package import Connectors
package import Curl
package import Spool

/// A bucket of Amazon S3, or of storage that speaks like it. A directory is a prefix: it is there whenever the bucket is.
///
/// An object is whole or not there, and its version is its ETag. A move is a copy that is looked at, then a removal: what is
/// killed between leaves both, and moving again ends it.
package struct S3Connector: Connector {
    /// The most objects of a listing: 200 pages.
    private static let mostObjects = 200_000
    /// The most pages: some may be empty.
    private static let mostPages = 1000
    /// The largest page: a thousand keys of a kilobyte, each byte of them encoded as three.
    private static let longestPage = 8 << 20
    /// The largest answer that only tells how it went.
    private static let longestAnswer = 1 << 16

    private let settings: S3Settings
    private let place: S3Settings.Place
    private let client: CurlClient
    private let now: @Sendable () -> Timestamp

    /// - Parameter now: The clock by which requests are signed.
    package init(_ settings: S3Settings, client: CurlClient, now: @escaping @Sendable () -> Timestamp = { .now() }) {
        self.settings = settings
        place = settings.place
        self.client = client
        self.now = now
    }

    package func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? {
        let names = try StoragePath.components(directory)
        let prefix = (settings.prefix + names).map { "\($0)/" }.joined()
        var files: [RemoteFile] = []
        var token: String?
        var seen: Set<String> = []
        repeat {
            var query = [
                (name: "list-type", value: "2"), (name: "delimiter", value: "/"), (name: "encoding-type", value: "url"),
                (name: "max-keys", value: "1000"), (name: "prefix", value: prefix),
            ]
            if let token { query.append((name: "continuation-token", value: token)) }
            let answer = try await send("GET", "list", query: query, limit: Self.longestPage)
            guard answer.status == 200 else { throw failure("list", answer) }
            let page = try S3Listing(answer.body)
            // By bytes: a name may begin with a mark that is one character with the slash.
            for object in page.objects where object.key.utf8.starts(with: prefix.utf8) {
                let name = String(decoding: Array(object.key.utf8.dropFirst(prefix.utf8.count)), as: UTF8.self)
                guard StoragePath.isName(name) else { continue }
                files.append(
                    RemoteFile(path: RemotePath.join(directory, name), size: object.size, version: object.version))
            }
            guard files.count <= Self.mostObjects else {
                throw ConnectorError(
                    .failed, "list: more than \(Self.mostObjects) files in one directory; move some away")
            }
            guard page.next.map({ seen.insert($0).inserted && seen.count < Self.mostPages }) ?? true else {
                throw ConnectorError(.failed, "list: the storage answers with the same page again and again")
            }
            token = page.next
        } while token != nil
        return files
    }

    package func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? {
        let answer = try await send("GET", "download", key: try key(path), limit: max(limit, Self.longestAnswer))
        if try isMissing(answer, "download") { return nil }
        guard answer.status == 200 else { throw failure("download", answer) }
        guard answer.body.count <= limit else { throw Self.tooLarge(limit) }
        return answer.body
    }

    package func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) {
        let answer = try await send("PUT", "upload", key: try key(path), body: bytes)
        guard answer.status == 200 else { throw failure("upload", answer) }
    }

    package func delete(_ path: String) async throws(ConnectorError) {
        let answer = try await send("DELETE", "delete", key: try key(path))
        if try isMissing(answer, "delete") { return }
        guard answer.status == 204 || answer.status == 200 else { throw failure("delete", answer) }
    }

    package func move(_ path: String, to target: String) async throws(ConnectorError) {
        let (source, copy) = (try key(path), try key(target))
        if source == copy { return }
        guard let before = try await head(source) else { throw ConnectorError(.failed, "move: it is not there") }
        // The same, if a move before this one was broken off.
        if let present = try await head(copy), present.version != before.version {
            throw ConnectorError(.failed, "move: there is a file of that name already")
        }
        var headers = [(name: "x-amz-copy-source", value: "/\(settings.bucket)/\(Self.encoded(source))")]
        // What was looked at is what is copied.
        if let tag = before.tag { headers.append((name: "x-amz-copy-source-if-match", value: tag)) }
        let answer = try await send("PUT", "move", key: copy, headers: headers)
        guard answer.status == 200 else { throw failure("move", answer) }
        // The status was sent before the work was done: only the body tells how it ended.
        let copied = try S3CopyResult(answer.body)
        if let code = copied.code { throw failure("move", answer, code: code) }
        guard let after = try await head(copy), after.size == before.size,
            copied.tag == nil || after.version == copied.tag
        else { throw ConnectorError(.failed, "move: the copy is not what it was made of; nothing was removed") }
        // Another file that has come meanwhile stays.
        guard try await head(source)?.version == before.version else { return }
        try await delete(path)
    }

    // MARK: requests

    private struct Head {
        var size: Int?
        /// As it was sent, quotes included.
        var tag: String?
        var version: String?
    }

    /// What is there; nil for nothing.
    private func head(_ key: [String]) async throws(ConnectorError) -> Head? {
        let answer = try await send("HEAD", "move", key: key)
        if answer.status == 404 { return nil }
        guard answer.status == 200 else { throw failure("move", answer) }
        let tag = answer.headers["etag"]
        return Head(
            size: answer.headers["content-length"].flatMap { Int($0) }, tag: tag, version: tag.map(S3Listing.version))
    }

    /// Whether it says that no such object is there.
    private func isMissing(_ answer: CurlResponse, _ verb: String) throws(ConnectorError) -> Bool {
        guard answer.status == 404 else { return false }
        guard S3Failure.code(in: answer.body) == "NoSuchKey" else { throw failure(verb, answer) }
        return true
    }

    private func failure(_ verb: String, _ answer: CurlResponse, code: String? = nil) -> ConnectorError {
        S3Failure(answer, code: code, settings: settings).error(verb)
    }

    private static func tooLarge(_ limit: Int) -> ConnectorError {
        ConnectorError(.tooLarge, "download: it is larger than \(limit) bytes")
    }

    private func key(_ path: String) throws(ConnectorError) -> [String] {
        let file = try StoragePath.file(path)
        let key = settings.prefix + file.directory + [file.name]
        // What S3 allows.
        guard key.joined(separator: "/").utf8.count <= 1024 else {
            throw ConnectorError(.failed, "the path is longer than the 1024 bytes that a key may have")
        }
        return key
    }

    private static func encoded(_ key: [String]) -> String {
        key.map(percentEncoded(query:)).joined(separator: "/")
    }

    private func send(
        _ method: String, _ verb: String, key: [String] = [], query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8]? = nil, limit: Int = longestAnswer
    ) async throws(ConnectorError) -> CurlResponse {
        let path = key.isEmpty && !place.path.isEmpty ? place.path : "\(place.path)/\(Self.encoded(key))"
        let signature = SignatureV4(credentials: settings.credentials, region: settings.region)
        let signed = signature.sign(
            method: method, path: path, query: query, headers: [(name: "Host", value: place.host)] + headers,
            body: body ?? [], at: now())
        let text = query.isEmpty ? "" : "?\(SignatureV4.canonical(query))"
        let request = CurlRequest(
            method: method, url: "\(place.scheme)://\(place.host)\(path)\(text)", headers: signed,
            body: body ?? (method == "PUT" ? [] : nil), connectTimeout: .seconds(10), timeout: settings.timeout,
            maximumBody: limit)
        do {
            return try await client.send(request)
        } catch {
            if error.code == .bodyTooLarge, verb == "download" { throw Self.tooLarge(limit) }
            throw ConnectorError(.failed, "\(verb): \(error.message)")
        }
    }
}
