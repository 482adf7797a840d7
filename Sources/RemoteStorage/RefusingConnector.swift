package import Connectors

/// Stands for storage that can't be used as it is configured: everything that is asked of it fails with the reason.
package struct RefusingConnector: Connector {
    private let reason: ConnectorError

    package init(_ reason: ConnectorError) { self.reason = reason }

    package func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? { throw reason }
    package func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? { throw reason }
    package func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) { throw reason }
    package func move(_ path: String, to target: String) async throws(ConnectorError) { throw reason }
    package func delete(_ path: String) async throws(ConnectorError) { throw reason }
}
