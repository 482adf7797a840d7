import Blocking
import Glibc
import HTTPTypes
import Hummingbird
import JSON
import Spool
import SystemPackage
import TaskSource

/// The workspaces that a person may want again, and a way to find others.
struct WorkspaceRoutes: Sendable {
    let book: WorkspaceBook

    /// As many as OpenLoom shows.
    static let most = 12

    func add(to table: inout RouteTable) {
        table.on(.get, "/api/recent-workspaces", .listWorkspaces, list)
        table.on(.delete, "/api/recent-workspaces", .forgetWorkspace, forget)
        table.on(.get, "/api/browse", .browse, needs: .submit, browse)
        table.on(.post, "/api/pick-folder", .pickFolder, needs: .submit) { _, _ in
            // A daemon has no screen. OpenLoom's clients ask, and take this for an answer.
            Response(json: ["ok": false, "unsupported": true])
        }
    }

    @Sendable private func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let book = book
        let recent = try await BlockingPool.run { () throws(SpoolError) in try book.recent() }
        return Response(json: ["workspaces": JSONValue(recent.prefix(Self.most).map(\.string))])
    }

    @Sendable private func forget(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        guard let path = request.uri.queryParameters["path"].map({ String($0) }), !path.isEmpty else {
            throw Problem.invalidQuery("path", "missing; name the workspace that is not to be offered any more")
        }
        guard path.utf8.count < Int(PATH_MAX), !path.utf8.contains(0) else {
            throw Problem.invalidQuery("path", "longer than any path can be, or with a zero byte in it")
        }
        let (spool, index) = (book.spool, book.index)
        let isRemoved = try await BlockingPool.run { () throws(SpoolError) -> Bool in
            if try spool.hideWorkspace(path, index) { return true }
            guard let real = Self.real(path) else { return false }
            return try spool.hideWorkspace(real.string, index)
        }
        return Response(json: ["ok": true, "removed": .bool(isRemoved), "path": .string(path)])
    }

    @Sendable private func browse(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let path = request.uri.queryParameters["path"].flatMap { $0.isEmpty ? nil : String($0) }
        let book = book
        let result = await BlockingPool.run { () -> Result<JSONValue, any Error> in
            Result { try FolderListing(book: book, path: path).json }
        }
        return Response(json: try result.get())
    }

    /// What a stranger's text means as a path; nil if it can't be one.
    static func real(_ text: String) -> FilePath? {
        guard text.utf8.first == UInt8(ascii: "/"), text.utf8.count < 4096, !text.utf8.contains(0) else { return nil }
        return Directory.real(FilePath(text))
    }
}
