/// What came in: not believed by anybody yet.
package struct SourceRequest: Sendable {
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(headers: [String: String], body: [UInt8]) {
        self.headers = Dictionary(
            headers.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
        self.body = body
    }
}

/// Why no task is made of a request.
package struct SourceRejection: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// It does not prove that it is from the source.
        case unauthorized
        /// It is from the source, and tells of nothing that the configuration wants a task for.
        case ignored
        /// It is no JSON, or what a task needs is missing in it.
        case invalid
    }

    package var code: Code
    /// For a person, without anything secret.
    package var reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package var description: String { reason }
}
