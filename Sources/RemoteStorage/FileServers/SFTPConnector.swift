package import Connectors
package import Curl

/// A directory of a server of SFTP.
///
/// A file is put under another name and then given its own, so that nobody sees a part of it. Its version is its size and
/// the time of its last change, in seconds. Only regular files are listed; the server itself resolves symbolic links of
/// directories.
package struct SFTPConnector: FileServerConnector {
    private static let longestListing = 16 << 20

    private let settings: SFTPSettings
    package let client: CurlClient
    package let isCandidate: @Sendable (String) -> Bool

    /// - Parameter isCandidate: Whether the exact time of a path's last change matters: each costs a request.
    package init(_ settings: SFTPSettings, client: CurlClient, isCandidate: @escaping @Sendable (String) -> Bool) {
        self.settings = settings
        self.client = client
        self.isCandidate = isCandidate
    }

    package func list(
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

    package func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) {
        let file = try StoragePath.file(path)
        let temporary = file.directory + [ServerFile.temporaryName(of: file.name)]
        let target = quoted(file.directory + [file.name])
        try await put(
            bytes, at: temporary, before: directories(file.directory),
            rename: ["rename \(quoted(temporary)) \(target)"],
            removal: "rm \(target)")
    }

    package func move(_ path: String, to target: String) async throws(ConnectorError) {
        let (source, copy) = (try StoragePath.file(path), try StoragePath.file(target))
        let names = source.directory + [source.name]
        let command = "rename \(quoted(names)) \(quoted(copy.directory + [copy.name]))"
        try await move(names, by: directories(copy.directory) + [command])
    }

    package func delete(_ path: String) async throws(ConnectorError) {
        let file = try StoragePath.file(path)
        let names = file.directory + [file.name]
        try await delete(names, by: "rm \(quoted(names))")
    }

    // MARK: requests

    package var commandURL: String { "sftp://\(settings.authority)/" }

    package func url(_ names: [String]) -> String {
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

    package func advice(_ error: CurlError, _ verb: String) -> String {
        // The directories beneath the root have been made.
        if error.code == .notFound, verb == "upload" {
            return "/\(settings.root.joined(separator: "/")) is not there on \(settings.host); make it, or mend url"
        }
        return settings.advice(error)
    }

    package func isMissing(_ error: CurlError) -> Bool { error.code == .notFound }

    package func request(_ action: CurlFileRequest.Action, url: String, limit: Int) -> CurlFileRequest {
        CurlFileRequest(
            action, url: url, security: .ssh(knownHosts: settings.knownHosts, keyFile: settings.keyFile),
            credentials: settings.credentials, timeout: settings.timeout, maximumBody: limit)
    }
}
