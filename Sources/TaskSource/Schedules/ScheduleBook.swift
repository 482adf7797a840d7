import Glibc
import JSON
package import Schedules
package import Spool

/// The schedules of a spool, each read when it is asked for. The daemon, REST and the command line all ask here. Blocks.
package struct ScheduleBook: Sendable {
    package let spool: SpoolDirectory
    private let reader: TaskSourceReader
    private let zones: TimeZoneCatalogue

    /// No schedule needs as much.
    private static let largestFile = 1 << 20

    package init(spool: SpoolDirectory, reader: TaskSourceReader, zones: TimeZoneCatalogue = .ofThisProcess) {
        self.spool = spool
        self.reader = reader
        self.zones = zones
    }

    /// Why a schedule can't be followed.
    package enum Fault: Error {
        case spool(SpoolError)
        case source(TaskSourceError)
    }

    /// What a schedule's file says now.
    ///
    /// - Throws: ``SpoolError/Code/scheduleNotFound``, or what is wrong with the file.
    package func read(_ name: ScheduleName, now: Timestamp = .now()) throws(Fault) -> ScheduleFile {
        let bytes: [UInt8]?
        do {
            bytes = try spool.readSchedule(name, limit: Self.largestFile)
            if bytes == nil { try spool.checkSchedule(name) }
        } catch {
            throw .spool(error)
        }
        do {
            return try reader.schedule(bytes ?? [], name: name, zones: zones, now: now)
        } catch {
            throw .source(error)
        }
    }

    /// Makes the task that a schedule makes, for a moment at which it is due: durable when this returns, and the same one
    /// if it was made already.
    ///
    /// - Parameters:
    ///   - due: Nil for one that somebody wants beside those: such a one has no key.
    ///   - predecessors: Tasks that must have ended first.
    package func submit(
        _ file: ScheduleFile, of name: ScheduleName, due: Timestamp?, after predecessors: [TaskID] = [],
        now: Timestamp = .now()
    ) throws(Fault) -> TaskID {
        var spec: TaskSpec
        do {
            spec = try reader.spec(of: file, name: name, due: due ?? now, now: now)
        } catch {
            throw .source(error)
        }
        spec.key = due.map { name.key(at: $0) }
        spec.after += predecessors.map { TaskDependency($0.rawValue, on: .any) }
        do {
            // A file of its own, which a person could drop again: the schedule's may be another by tomorrow.
            var source = JSONObject()
            for field in file.fields(name: name, due: due ?? now) { source[field.name] = field.value }
            let bytes = Array(JSONValue.object(source).pretty.utf8)
            return try spool.submit(Submission(spec: spec, source: bytes, fileExtension: "json"))
        } catch {
            throw .spool(error)
        }
    }
}

extension TimeZoneCatalogue {
    /// With the variable `TZ` of this process.
    package static let ofThisProcess = TimeZoneCatalogue(variable: getenv("TZ").map { String(cString: $0) })
}
