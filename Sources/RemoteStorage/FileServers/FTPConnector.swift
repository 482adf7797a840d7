package import Connectors
package import Curl
import Synchronization

/// A directory of a server of FTP, or of FTPS.
///
/// A file is put under another name and then given its own, so that nobody sees a part of it. Its version is its size and
/// the time of its last change. Data connections are passive.
package final class FTPConnector: FileServerConnector {
    private static let longestListing = 16 << 20

    private let settings: FTPSettings
    package let client: CurlClient
    package let isCandidate: @Sendable (String) -> Bool
    /// Whether the server has said that it knows no MLSD.
    private let isOld = Mutex(false)

    /// - Parameter isCandidate: Whether size and time of a path matter, where each costs a request.
    package init(_ settings: FTPSettings, client: CurlClient, isCandidate: @escaping @Sendable (String) -> Bool) {
        self.settings = settings
        self.client = client
        self.isCandidate = isCandidate
    }

    package func list(
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
                } else if isMissing(error) {
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

    package func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) {
        let file = try StoragePath.file(path)
        let temporary = file.directory + [ServerFile.temporaryName(of: file.name)]
        let target = self.path(file.directory + [file.name])
        try await put(
            bytes, at: temporary, before: directories(file.directory),
            rename: ["RNFR \(self.path(temporary))", "RNTO \(target)"], removal: "DELE \(target)")
    }

    package func move(_ path: String, to target: String) async throws(ConnectorError) {
        let (source, copy) = (try StoragePath.file(path), try StoragePath.file(target))
        let names = source.directory + [source.name]
        // Many servers rename over a file.
        guard try await look("move", copy.directory + [copy.name]) == nil else {
            throw ConnectorError(.failed, "move: there is a file of that name already")
        }
        let commands = ["RNFR \(self.path(names))", "RNTO \(self.path(copy.directory + [copy.name]))"]
        try await move(names, by: directories(copy.directory) + commands)
    }

    package func delete(_ path: String) async throws(ConnectorError) {
        let file = try StoragePath.file(path)
        let names = file.directory + [file.name]
        try await delete(names, by: "DELE \(self.path(names))")
    }

    // MARK: requests

    /// As an argument of a command, which goes on to the end of its line. Control characters are in no path.
    private func path(_ names: [String]) -> String { (settings.root + names).joined(separator: "/") }

    package var commandURL: String { settings.url }

    package func url(_ names: [String]) -> String { settings.url + ServerFile.encoded(settings.root + names) }

    private func directories(_ names: [String]) -> [String] {
        ServerFile.directories(names, beneath: settings.root).map { "*MKD \($0.joined(separator: "/"))" }
    }

    package func advice(_ error: CurlError, _ verb: String) -> String { settings.advice(error) }

    package func request(_ action: CurlFileRequest.Action, url: String, limit: Int) -> CurlFileRequest {
        let security: CurlFileRequest.Security =
            if case .none = settings.security { .none } else { .tls(caFile: settings.caFile) }
        return CurlFileRequest(
            action, url: url, security: security, credentials: settings.credentials, timeout: settings.timeout,
            maximumBody: limit)
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
            if isMissing(error) { return .missing }
            if error.code == .refused || error.code == .notFound { return .unreadable }
            throw translate("list", error)
        }
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
            if isMissing(error) { return false }
            throw translate("list", error)
        }
    }

    /// The same code stands for "no such file" and "not for you"; what is not for us is not gone.
    package func isMissing(_ error: CurlError) -> Bool {
        guard error.code == .notFound || error.code == .refused else { return false }
        // Not 450, which is said of what is busy.
        guard error.code == .notFound && error.reply != 450 || [501, 550].contains(error.reply) else { return false }
        let said = error.message.lowercased()
        return !said.contains("permission denied") && !said.contains("access denied")
            && !said.contains("access is denied")
    }
}
