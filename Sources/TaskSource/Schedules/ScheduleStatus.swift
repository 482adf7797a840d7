package import JSON
import Schedules
package import Spool

/// A schedule as it is shown.
package struct ScheduleStatus: Sendable {
    package var name: ScheduleName
    /// Nil while its file can't be followed; then `problem` says why.
    package var file: ScheduleFile?
    package var problem: String?
    /// Whether there is a file `NAME.disabled`.
    package var isDisabled: Bool
    package var state: ScheduleState?
    /// When it is due next; nil if it never is, or makes no tasks.
    package var next: Timestamp?

    /// Whether it makes tasks.
    package var isActive: Bool { file?.isEnabled == true && !isDisabled }

    package var json: JSONObject {
        [
            "name": .string(name.rawValue), "path": .string("schedules/\(name).yaml"), "active": .bool(isActive),
            "problem": JSONValue(problem), "disabled": .bool(isDisabled),
            "rule": JSONValue(file?.ruleText), "timezone": JSONValue(file?.zoneName),
            "overlap": JSONValue(file?.overlap.rawValue), "missed": JSONValue(file?.missed.rawValue),
            "until": JSONValue(file?.until?.iso8601), "next": JSONValue(next?.iso8601),
            "last": state?.last?.json ?? .null, "open": JSONValue((state?.open ?? []).map(\.rawValue)),
        ]
    }
}

extension ScheduleBook {
    /// - Throws: ``SpoolError/Code/scheduleNotFound``.
    package func status(_ name: ScheduleName, now: Timestamp = .now()) throws(SpoolError) -> ScheduleStatus {
        var status = ScheduleStatus(
            name: name, isDisabled: spool.isDisabled(name), state: spool.scheduleState(name))
        do {
            let file = try read(name, now: now)
            status.file = file
            if status.isActive {
                let handled = status.state.flatMap { $0.rule == file.identity && $0.isActive ? $0.handled : nil }
                status.next = file.next(1, after: max(now, handled ?? now)).first
            }
        } catch {
            switch error {
            case .spool(let error) where error.code == .scheduleNotFound: throw error
            case .spool(let error): status.problem = error.description
            case .source(let error): status.problem = error.description
            }
        }
        if let open = status.state?.open { status.state?.open = try spool.unfinished(open) }
        return status
    }

    /// All there are, by name.
    package func statuses(now: Timestamp = .now()) throws(SpoolError) -> [ScheduleStatus] {
        var all: [ScheduleStatus] = []
        for name in try spool.scheduleFiles().schedules {
            do {
                all.append(try status(name, now: now))
            } catch {
                // Removed while we looked.
                if error.code != .scheduleNotFound { throw error }
            }
        }
        return all
    }
}
