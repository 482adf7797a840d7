import JSON

extension JSONValue {
    /// Reads the body of a request.
    static func body(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw Problem(
                .badJSON, error.description,
                items: [Problem.Item(message: error.message, line: error.line, column: error.column)]
            )
        }
    }
}

extension Problem {
    /// A body that is JSON, and not what the route takes.
    static func invalidBody(_ pointer: String, _ message: String) -> Problem {
        let place = pointer.isEmpty ? "the body" : pointer
        return Problem(.invalidBody, "\(place) \(message)", items: [Item(message: message, pointer: pointer)])
    }
}
