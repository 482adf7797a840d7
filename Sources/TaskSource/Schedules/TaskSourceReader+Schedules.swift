import JSON
package import Schedules
package import Spool

extension TaskSourceReader {
    /// Reads a schedule's file.
    ///
    /// - Throws: Everything that is wrong with it, and with the task that it would make now.
    package func schedule(
        _ bytes: [UInt8], name: ScheduleName, zones: TimeZoneCatalogue, now: Timestamp
    ) throws(TaskSourceError) -> ScheduleFile {
        let file = try ScheduleFileReader.read(bytes, limits: limits.yaml, zones: zones)
        _ = try spec(of: file, name: name, due: now, now: now)
        return file
    }

    /// The task that a schedule makes for the moment at which it is due.
    package func spec(
        of file: ScheduleFile, name: ScheduleName, due: Timestamp, now: Timestamp
    ) throws(TaskSourceError) -> TaskSpec {
        let intake = TaskSpecBuilder.Intake.file(.yaml, stem: name.rawValue, project: nil)
        let draft = TaskDraft(fields: file.fields(name: name, due: due))
        var builder = TaskSpecBuilder(
            draft, intake: intake, workspaces: workspaces, verification: verification, longestGoal: limits.fileBytes)
        return try builder.build(origin: TaskOrigin(.schedule, source: name.rawValue), now: now)
    }
}

extension ScheduleFile {
    /// What the task of one moment is made of.
    func fields(name: ScheduleName, due: Timestamp) -> [TaskField] {
        let words = ScheduleWords(name: name, due: due, zone: zone)
        return task.map { field in
            var field = field
            if [.name, .goal].contains(TaskKey(name: field.name)), let text = field.value.string {
                field.value = .string(words.filled(text))
            }
            return field
        }
    }
}

/// What a schedule's task may say of its time: `{{date}}`, `{{time}}` and `{{schedule}}` in its name and its goal.
/// Anything else in braces stays as it is.
private struct ScheduleWords {
    let values: [(word: String, value: String)]

    init(name: ScheduleName, due: Timestamp, zone: TimeZoneRules) {
        let seconds = due.milliseconds / 1000
        let civil = CivilTime(seconds: seconds + zone.offset(at: seconds))
        func digits(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
        values = [
            ("{{date}}", "\(civil.year)-\(digits(civil.month))-\(digits(civil.day))"),
            ("{{time}}", "\(digits(civil.hour)):\(digits(civil.minute))"),
            ("{{schedule}}", name.rawValue),
        ]
    }

    func filled(_ text: String) -> String {
        values.reduce(text) { $0.replacing($1.word, with: $1.value) }
    }
}
