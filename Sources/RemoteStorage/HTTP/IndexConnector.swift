package import Connectors
import Curl

/// A directory that an HTTP server shows as a page of links, or as JSON as nginx does with `autoindex_format json`.
/// It is only read.
package struct IndexConnector: Connector {
    private let http: StorageHTTP

    /// The longest index that is read, in bytes.
    private static let longestIndex = 4 << 20
    /// Of more files nothing is asked: each costs a request.
    private static let mostFiles = 5000
    /// Requests at the same time.
    private static let width = 8

    package init(_ http: StorageHTTP) { self.http = http }

    /// The version of a file is its ETag, or else the time of its change and its size; nil where the server tells none.
    package func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? {
        let names = try StoragePath.components(directory)
        let response = try await http.send(
            "list", "GET", http.url(names, isDirectory: true), limit: Self.longestIndex)
        switch response.status {
        case 200: break
        case 404, 410: return nil
        default: throw http.fault("list", response)
        }
        if response.contentType == "application/json" {
            return try IndexPage.json(response.body, in: names)
        }
        guard response.contentType == "text/html" || response.contentType == "application/xhtml+xml" else {
            throw ConnectorError(.failed, "list: there is no index of links or JSON; check url")
        }
        let found = IndexPage.links(response.body, in: names, of: http)
        guard found.count <= Self.mostFiles else {
            throw ConnectorError(.failed, "list: it has more than \(Self.mostFiles) links")
        }
        return try await versions(of: found)
    }

    private func versions(of paths: [[String]]) async throws(ConnectorError) -> [RemoteFile] {
        var files: [RemoteFile] = []
        var rest = paths[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.width)
            rest = rest.dropFirst(Self.width)
            let results = await withTaskGroup(of: Result<RemoteFile?, ConnectorError>.self) { group in
                for names in part { group.addTask { await look(at: names) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for result in results {
                if let file = try result.get() { files.append(file) }
            }
        }
        return files.sorted { $0.path < $1.path }
    }

    private func look(at names: [String]) async -> Result<RemoteFile?, ConnectorError> {
        let path = names.joined(separator: "/")
        do throws(ConnectorError) {
            let response = try await http.send("list", "HEAD", http.url(names))
            switch response.status {
            case 200: break
            // Of one that is not for us the others are not held up.
            case 403, 404, 410: return .success(nil)
            // No HEAD there: its content will tell.
            case 405, 501: return .success(RemoteFile(path: path))
            default: throw http.fault("list", response)
            }
            let headers = response.headers
            let size = headers["content-length"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
            let time = headers["last-modified"].map { "\($0) \(size.map(String.init) ?? "")" }
            return .success(
                RemoteFile(path: path, size: size, version: headers["etag"].map(EntityVersion.strong) ?? time))
        } catch {
            return .failure(error)
        }
    }

    package func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? {
        try await http.download(path, limit: limit)
    }

    package func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) { throw Self.readOnly }
    package func move(_ path: String, to target: String) async throws(ConnectorError) { throw Self.readOnly }
    package func delete(_ path: String) async throws(ConnectorError) { throw Self.readOnly }

    private static let readOnly = ConnectorError(.unsupported, "an index of links is only read")
}
