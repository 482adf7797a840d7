import Connectors
import Curl
import RemoteStorage
import StorageServers

/// Connectors of tests to HTTP servers.
enum HTTPStorage {
    static let password = "pass word"

    static func http(
        _ url: String, _ authorization: StorageAuthorization = .none, ca: String? = nil
    ) throws -> StorageHTTP {
        let url = try StorageURL(url)
        return StorageHTTP(
            client: CurlClient(), url: url, isEncrypted: url.isEncrypted, authorization: authorization, caFile: ca,
            timeout: .seconds(30))
    }

    static func user(_ password: String = password) -> StorageAuthorization {
        .basic(CurlCredentials(user: "me", password: password))
    }

    /// - Parameter kind: Of a server that speaks WebDAV.
    static func webDAV(_ kind: String, _ server: StorageServer) throws -> WebDAVConnector {
        WebDAVConnector(try http("dav://127.0.0.1:\(server.port)\(kind == "apache" ? "/dav" : "")", user()))
    }

    /// Why an operation fails.
    static func error(_ body: () async throws -> Void) async -> ConnectorError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? ConnectorError
        }
    }
}
