package import Connectors
package import Curl

/// What connectors of servers that are asked by path have in common: SFTP and FTP.
package protocol FileServerConnector: Connector {
    var client: CurlClient { get }
    /// Whether size and time of a path matter, where each costs a request.
    var isCandidate: @Sendable (String) -> Bool { get }
    /// Where commands are sent that say for themselves what they are about.
    var commandURL: String { get }

    /// Of what lies beneath the root.
    func url(_ names: [String]) -> String
    func request(_ action: CurlFileRequest.Action, url: String, limit: Int) -> CurlFileRequest
    /// Whether the server says that nothing is there.
    func isMissing(_ error: CurlError) -> Bool
    /// What is to be done about an error, where it is known.
    func advice(_ error: CurlError, _ verb: String) -> String
    func list(
        _ directory: String, _ isCandidate: (String) -> Bool
    ) async throws(ConnectorError) -> [RemoteFile]?
}

extension FileServerConnector {
    package func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? {
        try await list(directory, isCandidate)
    }

    package func names(in directory: String) async throws(ConnectorError) -> [String]? {
        try await list(directory) { _ in false }?.map(\.name)
    }

    package func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? {
        let file = try StoragePath.file(path)
        return try await found(
            "download", request(.download, url: url(file.directory + [file.name]), limit: limit))?.body
    }

    /// Puts a file under another name and then has it renamed.
    ///
    /// - Parameters:
    ///   - before: Commands that make the directory.
    ///   - rename: Commands that give the file its name.
    ///   - removal: The command that removes what has that name.
    func put(
        _ bytes: [UInt8], at temporary: [String], before: [String], rename: [String], removal: String
    ) async throws(ConnectorError) {
        var request = request(.upload(bytes), url: url(temporary))
        request.before = before
        request.after = rename
        do {
            _ = try await client.send(request)
        } catch {
            // Not every server renames over a file. Nothing is removed unless what is to take its place is there, and whole.
            guard error.code == .refused, try await holds(temporary, bytes) else { throw translate("upload", error) }
            try await obey("upload", ["*\(removal)"] + rename) { false }
        }
    }

    /// Sends commands that move a file.
    func move(_ names: [String], by commands: [String]) async throws(ConnectorError) {
        try await obey("move", commands) { () throws(ConnectorError) in
            if try await look("move", names) == nil { throw ConnectorError(.failed, "move: it is not there") }
            return false
        }
    }

    /// Sends the command that removes a file.
    func delete(_ names: [String], by command: String) async throws(ConnectorError) {
        try await obey("delete", [command]) { () throws(ConnectorError) in
            try await look("delete", names) == nil
        }
    }

    // MARK: requests

    func request(_ action: CurlFileRequest.Action, url: String) -> CurlFileRequest {
        request(action, url: url, limit: 1 << 16)
    }

    /// Nil for what is not there.
    func look(_ verb: String, _ names: [String]) async throws(ConnectorError) -> CurlFileResponse? {
        try await found(verb, request(.look, url: url(names)))
    }

    func found(_ verb: String, _ request: CurlFileRequest) async throws(ConnectorError) -> CurlFileResponse? {
        do {
            return try await client.send(request)
        } catch {
            if isMissing(error) { return nil }
            throw translate(verb, error)
        }
    }

    /// Whether a file is there and whole.
    private func holds(_ names: [String], _ bytes: [UInt8]) async throws(ConnectorError) -> Bool {
        try await found("upload", request(.download, url: url(names), limit: max(bytes.count, 1)))?.body == bytes
    }

    /// Sends commands.
    ///
    /// - Parameter isDone: Asked if the server would not obey: whether that is as good.
    private func obey(
        _ verb: String, _ commands: [String], isDone: () async throws(ConnectorError) -> Bool
    ) async throws(ConnectorError) {
        var request = request(.none, url: commandURL)
        request.before = commands
        do {
            _ = try await client.send(request)
        } catch {
            if error.code == .refused, try await isDone() { return }
            throw translate(verb, error)
        }
    }

    func translate(_ verb: String, _ error: CurlError) -> ConnectorError {
        if error.code == .bodyTooLarge, verb == "download" {
            return ConnectorError(.tooLarge, "download: \(error.message)")
        }
        return ServerFile.error(verb, advice(error, verb))
    }
}
