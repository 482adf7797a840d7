import Glibc
import HTTPTypes
import JSON
import SystemPackage

/// A request, taken apart.
struct SimulatorRequest: Sendable {
    let method: String
    /// As sent, without the query.
    let path: String
    /// The path's components, decoded.
    let segments: [String]
    let query: [String: String]
    /// The directory whose instance is meant: resolved if it exists.
    let directory: String
    /// What wire 2 calls the location: the directory that its query or the header names, resolved if it exists.
    let location: String
    let accept: String
    /// Nil if there was none.
    var body: JSONValue?

    init(_ head: HTTPRequest) {
        method = head.method.rawValue
        let target = head.path ?? "/"
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.map(String.init) ?? "/"
        segments = path.split(separator: "/").map { Percent.decode($0) }
        var query: [String: String] = [:]
        for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[Percent.decode(sides[0], plusIsSpace: true)] =
                sides.count > 1 ? Percent.decode(sides[1], plusIsSpace: true) : ""
        }
        self.query = query
        let header = HTTPField.Name("x-opencode-directory").flatMap { head.headerFields[$0] }
            .map { Percent.decode($0) }
        directory = Self.resolve(query["directory"] ?? header ?? "")
        location = Self.resolve(query["location[directory]"] ?? header ?? "")
        accept = head.headerFields[.accept] ?? ""
    }

    /// The path's components without the `api` before those of wire 2.
    var route: [String] { segments.first == "api" ? Array(segments.dropFirst()) : segments }

    static func resolve(_ directory: String) -> String {
        let path = directory.isEmpty ? "." : directory
        if !path.utf8.contains(0), let resolved = realpath(path, nil) {
            defer { free(resolved) }
            return String(cString: resolved)
        }
        return FilePath(path).lexicallyNormalized().string
    }
}
