package import Connectors
import Curl

/// A collection of a WebDAV server (RFC 4918): Nextcloud, Apache, nginx, rclone.
package struct WebDAVConnector: Connector {
    private let http: StorageHTTP

    /// The longest listing that is read, in bytes: a file takes some 600.
    private static let longestListing = 16 << 20

    package init(_ http: StorageHTTP) { self.http = http }

    private static let question = Array(
        """
        <?xml version="1.0" encoding="utf-8"?>
        <d:propfind xmlns:d="DAV:"><d:prop><d:resourcetype/><d:getetag/><d:getcontentlength/><d:getlastmodified/>\
        </d:prop></d:propfind>
        """.utf8)

    /// The version of a file is its ETag, or else the time of its change and its size.
    package func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? {
        let names = try StoragePath.components(directory)
        let response = try await http.send(
            "list", "PROPFIND", http.url(names, isDirectory: true),
            headers: [
                (name: "Depth", value: "1"), (name: "Content-Type", value: "application/xml; charset=utf-8"),
            ], body: Self.question, limit: Self.longestListing)
        switch response.status {
        case 207: break
        case 404, 410: return nil
        case 200..<300:
            throw ConnectorError(
                .failed, "list: the server speaks no WebDAV there (HTTP \(response.status)); check url")
        default: throw http.fault("list", response)
        }
        let entries = try DAVListing.entries(response.body)
        var files: [RemoteFile] = []
        var isItself = false
        for entry in entries {
            // What lies elsewhere is not ours to look at.
            guard let path = http.path(of: entry.href) else { continue }
            if path == names {
                guard entry.isCollection else { throw ConnectorError(.failed, "list: it is a file, no directory") }
                isItself = true
            } else if !entry.isCollection, path.count == names.count + 1, path.starts(with: names) {
                files.append(
                    RemoteFile(path: path.joined(separator: "/"), size: entry.size, version: entry.version))
            }
        }
        guard isItself else {
            throw ConnectorError(
                .failed,
                "list: the server answers for another directory than the url's; check url, and any proxy "
                    + "that changes paths")
        }
        return files
    }

    package func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? {
        try await http.download(path, limit: limit)
    }

    package func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) {
        let (directory, name) = try StoragePath.file(path)
        try await making(directory, "upload") { () throws(ConnectorError) in
            try await http.send(
                "upload", "PUT", http.url(directory + [name]),
                headers: [(name: "Content-Type", value: "application/octet-stream")], body: bytes)
        }
    }

    /// Never over another file.
    package func move(_ path: String, to target: String) async throws(ConnectorError) {
        let (directory, name) = try StoragePath.file(path)
        let (targetDirectory, targetName) = try StoragePath.file(target)
        // A missing collection may be answered with 404, as a missing file is: they are told apart by making it first.
        try await make(targetDirectory, "move")
        let response = try await http.send(
            "move", "MOVE", http.url(directory + [name]),
            headers: [
                (name: "Destination", value: http.url(targetDirectory + [targetName])),
                (name: "Overwrite", value: "F"),
            ])
        guard (200..<300).contains(response.status), response.status != 207 else {
            throw http.fault("move", response)
        }
    }

    package func delete(_ path: String) async throws(ConnectorError) {
        let (directory, name) = try StoragePath.file(path)
        let response = try await http.send("delete", "DELETE", http.url(directory + [name]))
        // 207 says which part of it could not be removed.
        let isDone = (200..<300).contains(response.status) && response.status != 207
        guard isDone || [404, 410].contains(response.status) else { throw http.fault("delete", response) }
    }

    // MARK: collections

    /// Sends again after the collection has been made, if it was not there.
    private func making(
        _ directory: [String], _ verb: String, _ send: () async throws(ConnectorError) -> CurlResponse
    ) async throws(ConnectorError) {
        var response = try await send()
        if [404, 409].contains(response.status), !directory.isEmpty {
            try await make(directory, verb)
            response = try await send()
        }
        guard (200..<300).contains(response.status) else { throw http.fault(verb, response) }
    }

    /// Makes a collection and those above it, beneath the root, unless they are there.
    private func make(_ directory: [String], _ verb: String) async throws(ConnectorError) {
        for count in directory.indices {
            let url = http.url(Array(directory[...count]), isDirectory: true)
            let response = try await http.send(verb, "MKCOL", url)
            // 405: there is one.
            guard [200, 201, 405].contains(response.status) else { throw http.fault(verb, response) }
        }
    }
}
