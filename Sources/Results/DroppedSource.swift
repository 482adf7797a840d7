import JSON
import Spool
import SystemPackage

/// Which dropped file a task was made of: `intake.json`.
struct DroppedSource: Sendable {
    /// The name that it was dropped under.
    var name: String
    /// The inbox's subfolder, if it lay in one.
    var project: String?

    /// Nil for a task that was not dropped, or whose note makes no sense.
    init?(json: JSONValue) {
        guard let name = json["file"]?.string, FilePath.Component(name)?.kind == .regular,
            FilePath.Component(name)?.string == name
        else { return nil }
        self.name = name
        if let project = json["project"]?.string {
            guard let component = FilePath.Component(project), component.kind == .regular, component.string == project
            else { return nil }
            self.project = project
        }
    }

    /// Beside the inbox's subfolders, as it were.
    func directory(in root: FilePath) -> FilePath { project.map { root.appending($0) } ?? root }
}
