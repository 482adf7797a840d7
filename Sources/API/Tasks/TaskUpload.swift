import HTTPTypes
import Hummingbird

/// The file that a request brings, to become a task as if it had been dropped into the inbox.
struct TaskUpload: Sendable {
    /// Its extension says how it is read.
    var fileName: String
    var bytes: [UInt8]
    /// Where to work, if the file does not say it.
    var workspace: String?
    /// The inbox's subfolder that it could have been dropped into.
    var project: String?

    static let formType = "multipart/form-data"
    /// Types of files that are taken as bodies. A browser sends none of them to another site without asking first.
    static let types: [String: String] = [
        "text/markdown": "md", "application/yaml": "yaml", "application/x-yaml": "yaml", "text/yaml": "yaml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    ]

    /// Whether a request comes from a program, or from a page that asked us before: a foreign page's form can't give a
    /// request this header.
    static func isProven(_ request: Request) -> Bool {
        HTTPField.Name("X-OpenLoom-Request").map { request.headers[$0] != nil } ?? false
    }

    /// - Parameter type: Of the body, without parameters.
    /// - Throws: ``Problem`` of kind `badForm`.
    init(_ body: [UInt8], type: String, _ request: Request) throws(Problem) {
        func parameter(_ name: String) -> String? {
            let value = request.uri.queryParameters.first { $0.key == name }?.value
            return value.flatMap { $0.isEmpty ? nil : String($0) }
        }
        workspace = parameter("workspace")
        project = parameter("project")
        guard type == Self.formType else {
            fileName = "\(parameter("name") ?? "task").\(Self.types[type] ?? "txt")"
            bytes = body
            return
        }
        let form: MultipartForm
        do {
            form = try MultipartForm(body, contentType: request.headers[.contentType] ?? "")
        } catch {
            throw Problem(.badForm, error.message)
        }
        var file: MultipartForm.Field?
        for field in form.fields {
            switch field.name {
            case "file" where file == nil && field.fileName != nil: file = field
            case "workspace": workspace = try Self.text(field)
            case "project": project = try Self.text(field)
            default: throw Problem(.badForm, "There should be one file with the name file, and workspace or project.")
            }
        }
        guard let file, let name = file.fileName?.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last else {
            throw Problem(.badForm, "The form has no file with the name file, and a filename.")
        }
        fileName = String(name)
        bytes = Array(file.bytes)
    }

    private static func text(_ field: MultipartForm.Field) throws(Problem) -> String? {
        guard field.fileName == nil, let text = String(validating: field.bytes, as: UTF8.self), text.utf8.count < 4096
        else { throw Problem(.badForm, "The field \(field.name.prefix(80)) should be a short text.") }
        return text.isEmpty ? nil : text
    }
}
