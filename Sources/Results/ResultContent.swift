import JSON
import Report
import ResultDocuments
import Spool
import SystemPackage
import TaskSource

/// The bytes of statuses and results, in the format of the source. The same task has the same bytes each time.
struct ResultContent: Sendable {
    let spool: SpoolDirectory
    let words: ReportWords

    /// - Parameter source: The name of the file that the task was made of.
    func status(_ task: TaskSnapshot, source: String) throws(SpoolError) -> [UInt8] {
        let progress = TaskProgress(task, in: spool)
        return try bytes(progress.document(style), record(task.status, task.changed, source).json(progress), source)
    }

    func result(_ id: TaskID, _ state: TaskState, _ result: JSONValue, source: String) throws(SpoolError) -> [UInt8] {
        let spec = try? spool.readJSON(spool.paths.task(id, in: state).spec)
        let report = TaskReport(spec: spec.flatMap { $0 }, result: result)
        let ended = result["ended"]?.string.flatMap(Timestamp.init(iso8601:)) ?? .now()
        let record = record(state == .done ? "completed" : "failed", ended, source)
        return try bytes(report.document(style), record.json(report), source)
    }

    private var style: ReportStyle {
        ReportStyle(words: words, isInTask: false) { LocalTime.text(iso8601: $0) }
    }

    private func record(_ status: String, _ time: Timestamp, _ source: String) -> ResultRecord {
        ResultRecord(
            status: status, seconds: time.seconds, utc: time.iso8601, local: LocalTime.text(time), source: source)
    }

    private func bytes(
        _ document: ReportDocument, _ record: JSONValue, _ source: String
    ) throws(SpoolError) -> [UInt8] {
        // A file of no format that we know was rejected, and has no task.
        let format = TaskFormat(fileName: source).flatMap { ResultFormat(rawValue: $0.rawValue) } ?? .md
        do {
            return try format.bytes(document: document, record: record, language: words.tag)
        } catch {
            throw SpoolError(.systemCall, "write", FilePath(source), advice: error.description)
        }
    }
}
