import JSON
import Spool

/// When a task may be started, and when it is too late: `after` and `expires`.
extension TaskSpecBuilder {
    /// A task, or a list of them: ids, names, and mappings with `task` and `on`.
    mutating func after() -> [TaskDependency] {
        guard let field = fields[.after] else { return [] }
        let list = field.value.array ?? [field.value]
        guard list.count <= Self.mostPredecessors else {
            report(field, "names \(list.count) tasks; at most \(Self.mostPredecessors) are taken")
            return []
        }
        var dependencies: [TaskDependency] = []
        for entry in list {
            guard let dependency = dependency(entry, field) else { return [] }
            dependencies.append(dependency)
        }
        return dependencies
    }

    private mutating func dependency(_ entry: JSONValue, _ field: TaskField) -> TaskDependency? {
        guard let object = entry.object else {
            if let name = Self.name(entry) { return TaskDependency(name) }
            report(
                field,
                "should be the id or name of a task, {task: NAME, on: any}, or a list of these, "
                    + "but is \(Quoting.value(field.value))"
                    + (field.value.array == nil ? "" : " with something else in it"))
            return nil
        }
        for (name, _) in object where !["task", "on"].contains(name) {
            report(field, "unknown key \(Quoting.text(name)); known are task and on")
            return nil
        }
        guard let name = object["task"].flatMap(Self.name) else {
            report(field, "an entry names no task; write {task: NAME, on: any}")
            return nil
        }
        guard let value = object["on"], value != .null else { return TaskDependency(name) }
        guard let condition = value.string.flatMap(TaskDependency.Condition.init(rawValue:)) else {
            let known = TaskDependency.Condition.allCases.map(\.rawValue).joined(separator: ", ")
            report(field, "on should be one of \(known), but is \(Quoting.value(value))")
            return nil
        }
        return TaskDependency(name, on: condition)
    }

    private static func name(_ value: JSONValue) -> String? {
        guard let text = value.string.map(Characters.trimmed), !text.isEmpty,
            text.unicodeScalars.count <= longestName, !Characters.hasControl(text)
        else { return nil }
        return text
    }

    /// A moment, or how long from now on.
    mutating func expires(now: Timestamp) -> Timestamp? {
        guard let field = fields[.expires] else { return nil }
        if let moment = field.value.string.flatMap({ Timestamp(iso8601: $0) }) { return moment }
        let text = field.value.string.map(Characters.trimmed) ?? field.value.int.map(String.init) ?? ""
        guard let length = WrittenDuration.milliseconds(text) else {
            report(
                field,
                "should be a moment such as 2026-11-23T09:30:00Z, or how long the task may wait, such as "
                    + "\(WrittenDuration.examples), but is \(Quoting.value(field.value))")
            return nil
        }
        return Timestamp(milliseconds: now.milliseconds + length)
    }
}
