import Connectors

/// Storage in memory, which lets others run between any two operations.
actor MemoryConnector: Connector {
    private(set) var files: [String: [UInt8]] = [:]
    /// What somebody else puts there right after an upload of ours.
    private var intruders: [String] = []
    private(set) var listings = 0
    private var refusal: ConnectorError?
    private var unreadable: Set<String> = []

    func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? {
        listings += 1
        await Task.yield()
        let found = files.keys.filter {
            $0.hasPrefix(directory + "/") && !$0.dropFirst(directory.count + 1).contains("/")
        }
        await Task.yield()
        return found.map { RemoteFile(path: $0, size: files[$0]?.count, version: "1") }
    }

    func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? {
        if unreadable.contains(path) { throw ConnectorError(.failed, "download: 403") }
        return files[path]
    }

    func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) {
        await Task.yield()
        if let refusal { throw refusal }
        files[path] = bytes
        for intruder in intruders { files[intruder] = [] }
        intruders = []
        await Task.yield()
    }

    func move(_ path: String, to target: String) async throws(ConnectorError) {
        files[target] = files.removeValue(forKey: path)
    }

    func delete(_ path: String) async throws(ConnectorError) {
        await Task.yield()
        files[path] = nil
    }

    /// Has every download of a file fail.
    func lock(_ path: String) { unreadable.insert(path) }

    func refuse(_ error: ConnectorError) { refusal = error }
    func intrude(_ path: String) { intruders.append(path) }
    var claims: [String] { files.keys.filter { $0.contains("/.openloom-claims/") }.sorted() }
}
