/// Has a connector do one thing at a time, in the order in which it was asked: many clients of such storage can't be
/// used by two at once.
package actor SerialConnector: Connector {
    private let connector: any Connector
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init(_ connector: any Connector) { self.connector = connector }

    package func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? {
        await enter()
        defer { leave() }
        return try await connector.list(directory)
    }

    package func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? {
        await enter()
        defer { leave() }
        return try await connector.download(path, limit: limit)
    }

    package func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) {
        await enter()
        defer { leave() }
        try await connector.upload(bytes, to: path)
    }

    package func move(_ path: String, to target: String) async throws(ConnectorError) {
        await enter()
        defer { leave() }
        try await connector.move(path, to: target)
    }

    package func delete(_ path: String) async throws(ConnectorError) {
        await enter()
        defer { leave() }
        try await connector.delete(path)
    }

    private func enter() async {
        if !isBusy {
            isBusy = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Hands the place on to whoever waits longest.
    private func leave() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
}
