package import Connectors
package import Curl
import Synchronization

/// A directory of a server of FTP, or of FTPS.
///
/// A file is put under another name and then given its own, so that nobody sees a part of it. Its version is its size and
/// the time of its last change. Data connections are passive.
package final class FTPConnector: Connector {
    private static let longestListing = 16 << 20

    private let settings: FTPSettings
    private let client: CurlClient
    private let isCandidate: @Sendable (String) -> Bool
    /// Whether the server has said that it knows no MLSD.
    private let isOld = Mutex(false)

    /// - Parameter isCandidate: Whether size and time of a path matter, where each costs a request.
    package init(_ settings: FTPSettings, client: CurlClient, isCandidate: @escaping @Sendable (String) -> Bool) {
        self.settings = settings
        self.client = client
        self.isCandidate = isCandidate
    }

    package func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? {
        let names = try StoragePath.components(directory)
        let path = ServerFile.encoded(settings.root + names)
        let url = settings.url + (path.isEmpty ? "" : "\(path)/")
        if !isOld.withLock({ $0 }) {
            do {
                let answer = try await client.send(
                    request(.list(command: "MLSD"), url: url, limit: Self.longestListing))
                return FTPListing.described(answer.body).map { entry in
                    let version = entry.modified.map { "\(entry.size.map(String.init) ?? "") \($0)" }
                    return RemoteFile(
                        path: RemotePath.join(directory, entry.name), size: entry.size, version: version)
                }
            } catch {
                // RFC 959: unknown, not implemented, not for this parameter.
                if [500, 502, 504].contains(error.reply) {
                    isOld.withLock { $0 = true }
                } else if Self.isMissing(error) {
                    return nil
                } else {
                    throw translate("list", error)
                }
            }
        }
        let request = request(.list(command: "NLST"), url: url, limit: Self.longestListing)
        guard let body = try await found("list", request)?.body else { return nil }
        var files: [RemoteFile] = []
        for name in FTPListing.names(body) {
            var file = RemoteFile(path: RemotePath.join(directory, name))
            if isCandidate(file.path) {
                // A directory has no size.
                guard let look = try await look("list", names + [name]), let size = look.size else { continue }
                file.size = size
                file.version = look.modified.map { "\(size) \($0)" }
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
        let target = self.path(file.directory + [file.name])
        var request = request(.upload(bytes), url: url(temporary))
        request.before = directories(file.directory)
        // Not every server renames over a file.
        request.after = ["*DELE \(target)", "RNFR \(self.path(temporary))", "RNTO \(target)"]
        do {
            _ = try await client.send(request)
        } catch {
            throw translate("upload", error)
        }
    }

    package func move(_ path: String, to target: String) async throws(ConnectorError) {
        let (source, copy) = (try StoragePath.file(path), try StoragePath.file(target))
        let names = source.directory + [source.name]
        let commands = ["RNFR \(self.path(names))", "RNTO \(self.path(copy.directory + [copy.name]))"]
        try await obey("move", directories(copy.directory) + commands) { () throws(ConnectorError) in
            if try await look("move", names) == nil { throw ConnectorError(.failed, "move: it is not there") }
            return false
        }
    }

    package func delete(_ path: String) async throws(ConnectorError) {
        let file = try StoragePath.file(path)
        let names = file.directory + [file.name]
        try await obey("delete", ["DELE \(self.path(names))"]) { () throws(ConnectorError) in
            try await look("delete", names) == nil
        }
    }

    // MARK: requests

    /// As an argument of a command, which goes on to the end of its line. Control characters are in no path.
    private func path(_ names: [String]) -> String { (settings.root + names).joined(separator: "/") }

    private func url(_ names: [String]) -> String { settings.url + ServerFile.encoded(settings.root + names) }

    private func directories(_ names: [String]) -> [String] {
        ServerFile.directories(names, beneath: settings.root).map { "*MKD \($0.joined(separator: "/"))" }
    }

    private func request(_ action: CurlFileRequest.Action, url: String, limit: Int = 1 << 16) -> CurlFileRequest {
        let security: CurlFileRequest.Security =
            if case .none = settings.security { .none } else { .tls(caFile: settings.caFile) }
        return CurlFileRequest(
            action, url: url, security: security, credentials: settings.credentials, timeout: settings.timeout,
            maximumBody: limit)
    }

    /// Nil for what is not there.
    private func look(_ verb: String, _ names: [String]) async throws(ConnectorError) -> CurlFileResponse? {
        try await found(verb, request(.look, url: url(names)))
    }

    private func found(_ verb: String, _ request: CurlFileRequest) async throws(ConnectorError) -> CurlFileResponse? {
        do {
            return try await client.send(request)
        } catch {
            if Self.isMissing(error) { return nil }
            throw translate(verb, error)
        }
    }

    /// The same code stands for "no such file" and "not for you"; what is not for us is not gone.
    private static func isMissing(_ error: CurlError) -> Bool {
        guard error.code == .notFound || error.code == .refused else { return false }
        guard error.code == .notFound || [450, 501, 550].contains(error.reply) else { return false }
        let said = error.message.lowercased()
        return !said.contains("permission denied") && !said.contains("access denied")
            && !said.contains("access is denied")
    }

    /// Sends commands.
    ///
    /// - Parameter isDone: Asked if the server would not obey: whether that is as good.
    private func obey(
        _ verb: String, _ commands: [String], isDone: () async throws(ConnectorError) -> Bool
    ) async throws(ConnectorError) {
        var request = request(.none, url: settings.url)
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
