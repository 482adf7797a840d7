import JSON
import YAML

/// Reads what consists of keys: YAML and JSON files, and front matter.
enum KeyedSource {
    /// The keys of a YAML text, with the line of each. No document at all means no keys.
    static func yaml(_ text: String, limits: YAMLLimits) throws(TaskSourceError) -> [TaskField] {
        fields(of: try members(text, limits: limits))
    }

    static func fields(of members: [YAMLMember]) -> [TaskField] {
        members.map { member in
            TaskField(
                name: member.key, value: member.value.json(), place: .line(member.mark.line),
                elementLines: (member.value.elements ?? []).map(\.mark.line)
            )
        }
    }

    /// The members of a YAML text. No document at all means none.
    static func members(_ text: String, limits: YAMLLimits) throws(TaskSourceError) -> [YAMLMember] {
        let root: YAMLNode?
        do {
            root = try parseYAML(Array(text.utf8), limits: limits)
        } catch {
            let place = TaskSourcePlace.line(error.mark.line, column: error.mark.column)
            throw TaskSourceError(TaskSourceProblem(place: place, message: error.message))
        }
        guard let root, root.scalar != .null else { return [] }
        guard let members = root.members else {
            throw TaskSourceError(
                TaskSourceProblem(
                    place: .line(root.mark.line),
                    message: "should consist of lines \"key: value\", but is \(Quoting.value(root.json()))"
                )
            )
        }
        return members
    }

    /// The keys of a JSON text, with the line of each.
    static func json(_ text: String) throws(TaskSourceError) -> [TaskField] {
        let root: JSONValue
        do {
            root = try JSONValue(parsing: text)
        } catch {
            let place = TaskSourcePlace.line(error.line, column: error.column)
            throw TaskSourceError(TaskSourceProblem(place: place, message: error.message))
        }
        guard let object = root.object else {
            throw TaskSourceError(
                TaskSourceProblem(place: .line(1), message: "should be an object {…}, but is \(Quoting.value(root))")
            )
        }
        let lines = JSONKeyLines(text)
        return object.map { TaskField(name: $0.name, value: $0.value, place: lines[$0.name].map { .line($0) }) }
    }
}
