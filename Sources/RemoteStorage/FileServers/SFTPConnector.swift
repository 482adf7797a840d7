package import Connectors
package import Curl

/// A directory of a server of SFTP.
///
/// A file is put under another name and then given its own, so that nobody sees a part of it. Its version is its size and
/// the time of its last change, in seconds. Only regular files are listed; the server itself resolves symbolic links of
/// directories.
package struct SFTPConnector: Connector {
    private static let longestListing = 16 << 20

    private let settings: SFTPSettings
    private let client: CurlClient
    private let isCandidate: @Sendable (String) -> Bool

    /// - Parameter isCandidate: Whether the exact time of a path's last change matters: each costs a request.
    package init(_ settings: SFTPSettings, client: CurlClient, isCandidate: @escaping @Sendable (String) -> Bool) {
        self.settings = settings
        self.client = client
        self.isCandidate = isCandidate
    }

    package func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? {
        try await list(directory, isCandidate)
    }

    package func names(in directory: String) async throws(ConnectorError) -> [String]? {
        try await list(directory) { _ in false }?.map(\.name)
    }

    private func list(
        _ directory: String, _ isCandidate: (String) -> Bool
    ) async throws(ConnectorError) -> [RemoteFile]? {
        let names = try StoragePath.components(directory)
        // libcurl lists what ends with a slash.
        let url = url(names)
        let request = request(.list(), url: url.hasSuffix("/") ? url : url + "/", limit: Self.longestListing)
        guard let body = try await found("list", request)?.body else { return nil }
        var files: [RemoteFile] = []
        for entry in SFTPListing.files(body) {
            let path = RemotePath.join(directory, entry.name)
            var file = RemoteFile(path: path, size: entry.size, version: "\(entry.size) \(entry.date)")
            if isCandidate(path) {
                do {
                    let look = try await client.send(self.request(.look, url: self.url(names + [entry.name])))
                    if let modified = look.modified { file.version = "\(entry.size) \(modified)" }
                } catch  where error.code == .notFound {
                    continue
                } catch  where error.code == .refused {
                    // Not for us: it is listed all the same, and holds up no other.
                } catch {
                    throw translate("list", error)
                }
            }
            files.append(file)
        }
        return files
    }

    package func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? {
        let file = try StoragePath.file(path)
        return try await found(
            "download", request(.download, url: url(file.directory + [file.name]), limit: limit))?.body
    }

    package func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) {
        let file = try StoragePath.file(path)
        let temporary = file.directory + [ServerFile.temporaryName(of: file.name)]
        let target = quoted(file.directory + [file.name])
        var request = request(.upload(bytes), url: url(temporary))
        request.before = directories(file.directory)
        let rename = "rename \(quoted(temporary)) \(target)"
        request.after = [rename]
        do {
            _ = try await client.send(request)
        } catch  where error.code == .notFound {
            throw missingRoot("upload")
        } catch {
            // Most servers rename over nothing only. Nothing is removed unless what is to take its place is there.
            guard error.code == .refused, try await holds(temporary, bytes) else { throw translate("upload", error) }
            try await obey("upload", ["*rm \(target)", rename]) { false }
        }
    }

    package func move(_ path: String, to target: String) async throws(ConnectorError) {
        let (source, copy) = (try StoragePath.file(path), try StoragePath.file(target))
        let names = source.directory + [source.name]
        let command = "rename \(quoted(names)) \(quoted(copy.directory + [copy.name]))"
        try await obey("move", directories(copy.directory) + [command]) { () throws(ConnectorError) in
            if try await look("move", names) == nil { throw ConnectorError(.failed, "move: it is not there") }
            return false
        }
    }

    package func delete(_ path: String) async throws(ConnectorError) {
        let file = try StoragePath.file(path)
        let names = file.directory + [file.name]
        try await obey("delete", ["rm \(quoted(names))"]) { () throws(ConnectorError) in
            try await look("delete", names) == nil
        }
    }

    // MARK: requests

    private func url(_ names: [String]) -> String {
        let path = settings.root + names
        // libcurl takes /~/ for the user's home, in URLs only.
        return "sftp://\(settings.authority)\(path.first == "~" ? "//" : "/")\(ServerFile.encoded(path))"
    }

    /// A path as an argument of a command. Control characters are in no path.
    private func quoted(_ names: [String], beneath root: Bool = true) -> String {
        let path = "/" + ((root ? settings.root : []) + names).joined(separator: "/")
        return "\"\(path.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    private func directories(_ names: [String]) -> [String] {
        ServerFile.directories(names, beneath: settings.root).map { "*mkdir \(quoted($0, beneath: false))" }
    }

    private func missingRoot(_ verb: String) -> ConnectorError {
        ServerFile.error(
            verb, "/\(settings.root.joined(separator: "/")) is not there on \(settings.host); make it, or mend url")
    }

    private func request(
        _ action: CurlFileRequest.Action, url: String, limit: Int = 1 << 16
    ) -> CurlFileRequest {
        CurlFileRequest(
            action, url: url, security: .ssh(knownHosts: settings.knownHosts, keyFile: settings.keyFile),
            credentials: settings.credentials, timeout: settings.timeout, maximumBody: limit)
    }

    /// Nil for what is not there.
    private func look(_ verb: String, _ names: [String]) async throws(ConnectorError) -> CurlFileResponse? {
        try await found(verb, request(.look, url: url(names)))
    }

    /// Whether a file is there and whole.
    private func holds(_ names: [String], _ bytes: [UInt8]) async throws(ConnectorError) -> Bool {
        try await found("upload", request(.download, url: url(names), limit: max(bytes.count, 1)))?.body == bytes
    }

    private func found(_ verb: String, _ request: CurlFileRequest) async throws(ConnectorError) -> CurlFileResponse? {
        do {
            return try await client.send(request)
        } catch  where error.code == .notFound {
            return nil
        } catch {
            throw translate(verb, error)
        }
    }

    /// Sends commands.
    ///
    /// - Parameter isDone: Asked if the server would not obey: whether that is as good.
    private func obey(
        _ verb: String, _ commands: [String], isDone: () async throws(ConnectorError) -> Bool
    ) async throws(ConnectorError) {
        var request = request(.none, url: "sftp://\(settings.authority)/")
        request.before = commands
        do {
            _ = try await client.send(request)
        } catch {
            if error.code == .refused, try await isDone() { return }
            throw translate(verb, error)
        }
    }

    private func translate(_ verb: String, _ error: CurlError) -> ConnectorError {
        if error.code == .bodyTooLarge, verb == "download" {
            return ConnectorError(.tooLarge, "download: \(error.message)")
        }
        return ServerFile.error(verb, settings.advice(error))
    }
}
