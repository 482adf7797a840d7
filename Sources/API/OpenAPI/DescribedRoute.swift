import HTTPTypes

/// A route as ``OpenAPIDocument`` needs it.
struct DescribedRoute: Sendable {
    var method: HTTPRequest.Method
    /// As the router has it: `/api/tasks/{id}`; `**` for the rest of a path.
    var path: String
    var scope: AccessScope?
    var operation: Operation

    /// As OpenAPI has it: a rest has a name there.
    var template: String { path.replacing("**", with: "{path}") }
}
