import Dashboard
import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// The dashboard: files from inside this program, the same for everybody, which need no token.
///
/// A page that was loaded asks the API for everything else, and shows the token that the user gave it.
struct DashboardRoutes: Sendable {
    private let dashboard = Dashboard.shared

    /// Where its files are, besides the page itself.
    static let folder = "/dashboard/"

    /// Nothing is loaded from elsewhere, nothing in a page is run, and no page of another site may show it in a frame.
    static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ].joined(separator: "; ")

    private static let others: [(String, String)] = [
        ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
        ("X-Frame-Options", "DENY"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"),
    ]

    func add(to table: inout RouteTable) {
        table.on(.get, "/", .dashboard) { [dashboard] request, _ in
            answer(dashboard.page, to: request, caching: "no-cache")
        }
        table.on(.get, "/dashboard/{version}/{file}", .dashboardFile) { [dashboard] request, context in
            let (version, name) = (try context.parameters.require("version"), try context.parameters.require("file"))
            guard version == dashboard.version, let file = dashboard.file(name) else {
                throw Problem(.notFound, "The dashboard of this version has no such file; / is its page.")
            }
            return answer(file, to: request, caching: "public, max-age=31536000, immutable")
        }
    }

    private func answer(_ file: DashboardFile, to request: Request, caching: String) -> Response {
        let compressed = Self.takesGzip(request) ? file.compressed : nil
        let tag = EntityTag(compressed == nil ? file.hash : "\(file.hash)-gzip")
        var headers = HTTPFields()
        for (name, value) in Self.others {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        headers[.eTag] = tag.field
        headers[.cacheControl] = caching
        headers[.vary] = "Accept-Encoding"
        if tag.isKnown(to: request) { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = file.mediaType
        if compressed != nil { headers[.contentEncoding] = "gzip" }
        let body = ByteBuffer(bytes: compressed ?? file.bytes)
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// Whether the client takes gzip: it says so, and does not say that it is worth nothing.
    private static func takesGzip(_ request: Request) -> Bool {
        request.headers[values: .acceptEncoding].flatMap { $0.split(separator: ",") }.contains { one in
            let words = one.lowercased().filter { !$0.isWhitespace }.split(separator: ";")
            return words.first == "gzip" && !words.contains { ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
        }
    }
}

extension Gate {
    /// What may be asked for without a token: whether the daemon lives, and the dashboard's files.
    static func isOpen(_ path: String) -> Bool {
        path == "/livez" || path == "/" || path.hasPrefix(DashboardRoutes.folder)
    }
}
