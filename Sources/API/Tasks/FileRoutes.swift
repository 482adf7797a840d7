import Blocking
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Spool

/// `…/{id}/files`: what lies in a task's directory.
///
/// An agent may have written it: nothing of it is ever run by a browser as a page of ours.
struct FileRoutes: Sendable {
    let spool: SpoolDirectory
    let observer: TaskObserver

    private static let pieceBytes = 64 << 10

    func add(to table: inout RouteTable) {
        table.on(.get, "/api/tasks/{id}/files", .listFiles, list)
        table.on(.get, "/api/tasks/{id}/files/**", .downloadFile, download)
        table.on(.get, "/api/tasks/{id}/result", .showResult, showResult)
    }

    @Sendable private func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let id = try context.taskID
        let version = observer.version
        let found = try await BlockingPool.run { () throws(SpoolError) in try spool.files(of: id) }
        let files = found.files.map { file -> JSONValue in
            [
                "path": .string(file.path), "size": .int(file.size), "modified_at": .double(file.modified.seconds),
                "type": .string(Self.mediaType(file.path)),
            ]
        }
        return Response(
            json: [
                "files": .array(files), "truncated": .bool(!found.isComplete), "store_version": .int(version),
            ])
    }

    @Sendable private func download(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let id = try context.taskID
        _ = try await BlockingPool.run { () throws(SpoolError) in try spool.locate(id) }
        let parts = context.parameters.getCatchAll().map { PercentEncoding.decode($0) }
        let components = parts.compactMap(\.self)
        let file: OpenTaskFile
        do {
            let path = request.uri.path
            guard components.count == parts.count, !path.hasSuffix("/"), !path.contains("//") else {
                throw Self.nothing
            }
            file = try await BlockingPool.run { () throws(SpoolError) in try spool.openFile(components, of: id) }
        } catch let error as SpoolError where error.code == .taskNotFound {
            throw Self.nothing
        }
        return answer(file, named: components.last ?? "", to: request)
    }

    /// `result.md`, as what it is: for people, and for agents that go on with the work.
    @Sendable private func showResult(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let id = try context.taskID
        let found = try await BlockingPool.run { () throws(SpoolError) in try result(of: id) }
        guard let file = found.file else {
            throw Problem(
                .notFound,
                found.state.isEnded
                    ? "The task has no result.md: it was moved by hand a moment ago, or ended with an older version."
                    : "The task has not ended; GET /api/tasks/\(id)?wait=60 answers when it has.")
        }
        var response = answer(file, named: "result.md", to: request)
        if response.status != .notModified { response.headers[.contentType] = "text/markdown; charset=utf-8" }
        return response
    }

    private func result(of id: TaskID) throws(SpoolError) -> (state: TaskState, file: OpenTaskFile?) {
        let state = try spool.locate(id).1
        do {
            return (state, try spool.openFile(["result.md"], of: id))
        } catch  where error.code == .taskNotFound {
            return (state, nil)
        }
    }

    private static let nothing = Problem(
        .notFound, "The task has no such file; GET /api/tasks/{id}/files lists those that it has.")

    private func answer(_ file: OpenTaskFile, named name: String, to request: Request) -> Response {
        let tag = EntityTag(file.fingerprint.text)
        if tag.isKnown(to: request) { return tag.notModified }
        var headers = tag.headers(Self.headers(name))
        headers[.lastModified] = HTTPDate.text(at: file.modified.milliseconds / 1000)
        // A part is of use only to who has the rest of the same file.
        let isSame = request.headers[.ifRange].map { $0 == tag.field } ?? true
        switch isSame ? ByteRange(request.headers[.range], size: file.size) : .whole {
        case .whole: return Response(status: .ok, headers: headers, body: Self.body(file, 0..<file.size))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size)"
            return Response(status: .partialContent, headers: headers, body: Self.body(file, range))
        case .nothing:
            headers[.contentRange] = "bytes */\(file.size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
    }

    private static func body(_ file: OpenTaskFile, _ range: Range<Int>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { writer in
            var offset = range.lowerBound
            while offset < range.upperBound {
                let count = min(pieceBytes, range.upperBound - offset)
                let bytes = try await BlockingPool.run { [offset] () throws(SpoolError) in
                    try file.read(at: offset, count: count)
                }
                // Somebody cut the file off; the length was told, so the connection has to end.
                if bytes.isEmpty { throw Exchange.Broken() }
                try await writer.write(ByteBuffer(bytes: bytes))
                offset += bytes.count
            }
            try await writer.finish(nil)
        }
    }

    private static func headers(_ name: String) -> HTTPFields {
        var headers = HTTPFields.json
        headers[.contentType] = mediaType(name)
        headers[.acceptRanges] = "bytes"
        let plain = name.utf8.map { byte in
            let isPlain = (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            return isPlain ? String(UnicodeScalar(byte)) : "_"
        }
        headers[.contentDisposition] =
            "attachment; filename=\"\(plain.joined())\"; filename*=UTF-8''\(PercentEncoding.encode(name))"
        headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
        if let name = HTTPField.Name("Cross-Origin-Resource-Policy") { headers[name] = "same-origin" }
        return headers
    }

    /// Text, JSON, or bytes: never anything that a browser runs.
    static func mediaType(_ name: String) -> String {
        let last = name.split(separator: "/").last ?? ""
        guard let dot = last.lastIndex(of: ".") else { return "text/plain; charset=utf-8" }
        switch last[last.index(after: dot)...].lowercased() {
        case "json": return "application/json"
        case "md", "txt", "yaml", "yml", "log", "jsonl", "patch", "answer", "list":
            return "text/plain; charset=utf-8"
        default: return "application/octet-stream"
        }
    }
}
