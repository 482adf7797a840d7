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
        try await list(directory, isCandidate)
    }

    package func names(in directory: String) async throws(ConnectorError) -> [String]? {
        try await list(directory) { _ in false }?.map(\.name)
    }

    private func list(
        _ directory: String, _ isCandidate: (String) -> Bool
    ) async throws(ConnectorError) -> [RemoteFile]? {
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
                if error.code == .refused, [500, 502, 504].contains(error.reply) {
                    isOld.withLock { $0 = true }
                } else if Self.isMissing(error) {
                    return nil
                } else {
                    throw translate("list", error)
                }
            }
        }
        let request = request(.list(command: "NLST"), url: url, limit: Self.longestListing)
        guard let body = try await found("list", request)?.body else {
            // Some servers say of an empty directory that no files are found.
            return try await isDirectory(names) ? [] : nil
        }
        var files: [RemoteFile] = []
        for name in FTPListing.names(body) {
            var file = RemoteFile(path: RemotePath.join(directory, name))
            if isCandidate(file.path) {
                // A directory has no size.
                switch try await sight(of: names + [name]) {
                case .missing: continue
                case .unreadable: break
                case .file(let look):
                    guard let size = look.size else { continue }
                    file.size = size
                    file.version = look.modified.map { "\(size) \($0)" }
                }
            }
            files.append(file)
        }
        // Some servers list what is not there, or not for us, as if it were empty.
        if files.isEmpty, try await !isDirectory(names) { return nil }
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
        let rename = ["RNFR \(self.path(temporary))", "RNTO \(target)"]
        request.after = rename
        do {
            _ = try await client.send(request)
        } catch {
            // Not every server renames over a file. Nothing is removed unless what is to take its place is there.
            guard error.code == .refused, try await holds(temporary, bytes) else { throw translate("upload", error) }
            try await obey("upload", ["*DELE \(target)"] + rename) { false }
        }
    }

    package func move(_ path: String, to target: String) async throws(ConnectorError) {
        let (source, copy) = (try StoragePath.file(path), try StoragePath.file(target))
        let names = source.directory + [source.name]
        // Many servers rename over a file.
        guard try await look("move", copy.directory + [copy.name]) == nil else {
            throw ConnectorError(.failed, "move: there is a file of that name already")
        }
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

    private enum Sight {
        case missing
        /// It is there, and not for us.
        case unreadable
        case file(CurlFileResponse)
    }

    private func sight(of names: [String]) async throws(ConnectorError) -> Sight {
        do {
            return .file(try await client.send(request(.look, url: url(names))))
        } catch {
            if Self.isMissing(error) { return .missing }
            if error.code == .refused || error.code == .notFound { return .unreadable }
            throw translate("list", error)
        }
    }

    /// Whether a file is there and whole.
    private func holds(_ names: [String], _ bytes: [UInt8]) async throws(ConnectorError) -> Bool {
        try await found("upload", request(.download, url: url(names), limit: max(bytes.count, 1)))?.body == bytes
    }

    private func isDirectory(_ names: [String]) async throws(ConnectorError) -> Bool {
        let path = path(names)
        if path.isEmpty { return true }
        var request = request(.none, url: settings.url)
        request.before = ["CWD \(path)"]
        request.closesConnection = true
        do {
            _ = try await client.send(request)
            return true
        } catch {
            if Self.isMissing(error) { return false }
            throw translate("list", error)
        }
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
        // Not 450, which is said of what is busy.
        guard error.code == .notFound && error.reply != 450 || [501, 550].contains(error.reply) else { return false }
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
