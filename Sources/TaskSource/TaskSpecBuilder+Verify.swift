import JSON
import Spool
import SystemPackage

/// `verify`: a list of checks, or one.
extension TaskSpecBuilder {
    /// Those of the workspace, then those of the file's keys, then those of its section; none twice.
    mutating func verify(workspace: FilePath, origin: TaskOrigin) -> [VerifyCheck] {
        let reader = VerifyReader(named: verification.named, commands: verification.commands(for: origin.kind))
        var checks = verification.defaults(of: workspace)
        if let field = fields[.verify] {
            let isList = field.value.array != nil
            for (index, value) in (field.value.array ?? [field.value]).enumerated() {
                let place = field.elementLines.indices.contains(index) ? .line(field.elementLines[index]) : field.place
                let entry = TaskField(name: field.name, value: value, place: place)
                do {
                    add(try reader.check(value), to: &checks)
                } catch {
                    report(entry, (isList ? "check \(index + 1): " : "") + error.message)
                }
            }
        }
        for item in draft.checks {
            do {
                add(try reader.check(line: item.text), to: &checks)
            } catch {
                report(TaskField(name: TaskKey.verify.rawValue, value: .null, place: .line(item.line)), error.message)
            }
        }
        if checks.count > VerifyCheck.most {
            let field = fields[.verify] ?? TaskField(name: TaskKey.verify.rawValue, value: .null)
            report(field, "there are \(checks.count) checks; at most \(VerifyCheck.most) are taken")
        }
        return checks
    }

    private func add(_ check: VerifyCheck, to checks: inout [VerifyCheck]) {
        if !checks.contains(where: { $0.rule == check.rule && $0.name == check.name }) { checks.append(check) }
    }
}
