import JSON
import Schedules
import Spool
import YAML

/// Reads `schedules/NAME.yaml`. All faults are collected, not only the first; those of `task` too, by making one.
struct ScheduleFileReader {
    private enum Key: String, CaseIterable {
        case cron, every, timezone, overlap, missed
        case missedWithin = "missed_within"
        case enabled, until, task
    }

    private static let shortestInterval = 1000
    private let zones: TimeZoneCatalogue
    private var values: [Key: (value: JSONValue, line: Int)] = [:]
    private var problems: [TaskSourceProblem] = []

    /// - Throws: What is wrong with it as YAML.
    private init(_ members: [YAMLMember], _ zones: TimeZoneCatalogue) {
        self.zones = zones
        for member in members {
            if let key = Key(rawValue: member.key) {
                values[key] = (member.value.json(), member.mark.line)
            } else {
                let known = Key.allCases.map(\.rawValue).joined(separator: ", ")
                let advice =
                    TaskKey(name: member.key) == nil
                    ? "the keys are \(known)" : "what the task is made of stands below task:"
                problems.append(
                    TaskSourceProblem(
                        key: member.key, place: .line(member.mark.line), message: "unknown key; \(advice)"))
            }
        }
    }

    static func read(
        _ bytes: [UInt8], limits: YAMLLimits, zones: TimeZoneCatalogue
    ) throws(TaskSourceError) -> ScheduleFile {
        let members = try KeyedSource.members(try SourceText.decode(bytes), limits: limits)
        var reader = ScheduleFileReader(members, zones)
        return try reader.file(members)
    }

    private mutating func file(_ members: [YAMLMember]) throws(TaskSourceError) -> ScheduleFile {
        let here = zones.here()
        var (zoneName, zone) = (here.name, here.rules)
        if let name = text(.timezone) {
            do throws(CronError) {
                (zoneName, zone) = (name, try zones.rules(named: name))
            } catch {
                report(.timezone, error.description)
            }
        }
        let rule = rule(zone)
        let task = members.first { $0.key == Key.task.rawValue }?.value
        if task == nil || task?.scalar == .null {
            report(.task, "missing; write below it what each task is made of, such as goal and workspace")
        } else if task?.members == nil {
            report(.task, "should be a mapping of a task's keys to values")
        }
        let fields = task?.members.map(KeyedSource.fields) ?? []
        for field in fields where field.name == TaskKey.key.rawValue {
            problems.append(
                TaskSourceProblem(
                    key: "task.key", place: field.place,
                    message: "is given by the schedule to each of its tasks; remove it"))
        }
        var file = ScheduleFile(
            rule: rule?.rule ?? .every(1), ruleText: rule?.text ?? "", zoneName: zoneName, zone: zone, task: fields)
        if case .every = file.rule { file.zoneName = nil }
        file.overlap = word(.overlap, ScheduleFile.Overlap.self) ?? file.overlap
        file.missed = word(.missed, ScheduleDecision.Missed.self) ?? file.missed
        file.missedWithin = length(.missedWithin, from: ScheduleDecision.grace) ?? file.missedWithin
        if let enabled = values[.enabled], enabled.value != .null {
            if let value = enabled.value.bool {
                file.isEnabled = value
            } else {
                report(.enabled, "should be true or false, but is \(Quoting.value(enabled.value))")
            }
        }
        if let text = text(.until) {
            file.until = Timestamp(iso8601: text)
            if file.until == nil {
                report(.until, "should be a moment such as 2026-12-31T18:00:00Z, but is \(Quoting.text(text))")
            }
        }
        if let error = TaskSourceError(problems) { throw error }
        return file
    }

    private mutating func rule(_ zone: TimeZoneRules) -> (rule: ScheduleRule, text: String)? {
        let isCron = values[.cron].map { $0.value != .null } ?? false
        let isInterval = values[.every].map { $0.value != .null } ?? false
        if isCron == isInterval {
            report(
                isCron ? .every : .cron,
                isCron ? "is given, and cron as well; keep one of them" : "missing; give cron: 0 6 * * * or every: 15m")
            return nil
        }
        if isInterval {
            guard let length = length(.every, from: Self.shortestInterval), let value = values[.every]?.value else {
                return nil
            }
            if values[.timezone] != nil {
                report(.timezone, "means nothing to an interval; remove it, or write cron instead of every")
            }
            return (.every(length), "every \(value.string ?? value.compact)")
        }
        guard let text = text(.cron) else { return nil }
        do throws(CronError) {
            return (.cron(try CronExpression(text), in: zone), text)
        } catch {
            report(.cron, error.description)
            return nil
        }
    }

    // MARK: values

    private mutating func report(_ key: Key, _ message: String) {
        problems.append(
            TaskSourceProblem(
                key: key.rawValue, place: values[key].map { .line($0.line) }, message: message))
    }

    private mutating func text(_ key: Key) -> String? {
        guard let entry = values[key], entry.value != .null else { return nil }
        guard let text = entry.value.string.map(Characters.trimmed), !text.isEmpty, !Characters.hasControl(text) else {
            report(key, "should be a text on one line, but is \(Quoting.value(entry.value))")
            return nil
        }
        return text
    }

    private mutating func word<Word: RawRepresentable & CaseIterable>(
        _ key: Key, _ type: Word.Type
    ) -> Word? where Word.RawValue == String {
        guard let text = text(key) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
        report(key, "should be one of \(known), but is \(Quoting.text(text))")
        return nil
    }

    /// - Parameter least: In milliseconds, as the result.
    private mutating func length(_ key: Key, from least: Int) -> Int? {
        guard let entry = values[key], entry.value != .null else { return nil }
        let text = entry.value.string.map(Characters.trimmed) ?? entry.value.int.map(String.init) ?? ""
        guard let length = WrittenDuration.milliseconds(text), length >= least else {
            report(
                key,
                "should be a length of time of at least \(least / 1000) s, such as \(WrittenDuration.examples), but is "
                    + Quoting.value(entry.value))
            return nil
        }
        return length
    }
}
