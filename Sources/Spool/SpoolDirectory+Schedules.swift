import Glibc
import JSON
import SystemPackage

/// Schedules: files `schedules/NAME.yaml` that people write, and what openloom writes beside them. What they say is for
/// others to read.
extension SpoolDirectory {
    /// The files of schedules, the names of other files that somebody may have meant to be one, and the schedules of which
    /// openloom has noted something; each sorted.
    package func scheduleFiles() throws(SpoolError) -> (
        schedules: [ScheduleName], strangers: [String], noted: [ScheduleName]
    ) {
        var found: (schedules: [ScheduleName], strangers: [String], noted: [ScheduleName]) = ([], [], [])
        for file in try entries(of: paths.schedules) {
            if let name = Self.name(file, Ending.file) {
                found.schedules.append(name)
            } else if let name = Self.name(file, Ending.state) {
                found.noted.append(name)
            } else if Self.name(file, Ending.disabled) == nil, !file.hasSuffix(Ending.reason), !Self.isPassing(file) {
                found.strangers.append(file)
            }
        }
        return found
    }

    private enum Ending {
        static let file = ".yaml"
        static let state = ".state.json"
        static let disabled = ".disabled"
        static let reason = ".reason.txt"
    }

    private static func name(_ file: String, _ ending: String) -> ScheduleName? {
        file.hasSuffix(ending) ? ScheduleName(file.dropLast(ending.count)) : nil
    }

    /// What editors leave beside a file while they write it.
    private static func isPassing(_ file: String) -> Bool {
        file.hasPrefix(".") || file.hasSuffix("~") || [".tmp", ".swp", ".part"].contains { file.hasSuffix($0) }
    }

    /// The bytes of a schedule's file; nil when there is none.
    package func readSchedule(_ name: ScheduleName, limit: Int) throws(SpoolError) -> [UInt8]? {
        try Syscalls.read(paths.schedule(name), limit: limit)
    }

    /// - Throws: ``SpoolError/Code/scheduleNotFound``.
    package func checkSchedule(_ name: ScheduleName) throws(SpoolError) {
        if Syscalls.exists(paths.schedule(name)) { return }
        throw SpoolError(
            .scheduleNotFound, "find", paths.schedule(name), advice: "`openloom schedules ls` lists them")
    }

    /// Nil when nothing was noted yet, and when what was noted can't be read: then the schedule begins anew, and the keys
    /// of its tasks keep it from making one twice.
    package func scheduleState(_ name: ScheduleName) -> ScheduleState? {
        ((try? readJSON(paths.scheduleState(name), limit: 1 << 20)) ?? nil).flatMap(ScheduleState.init(json:))
    }

    /// Notes how far a schedule has come. What was noted survives a power cut when this returns.
    package func write(_ state: ScheduleState, of name: ScheduleName) throws(SpoolError) {
        try DurableFile.write(state.json.pretty, to: paths.scheduleState(name))
    }

    /// Forgets a schedule whose file is gone.
    package func forgetSchedule(_ name: ScheduleName) throws(SpoolError) {
        if !Syscalls.exists(paths.schedule(name)) { try unmark(paths.scheduleState(name)) }
    }

    /// Whether `schedules/NAME.disabled` is there.
    package func isDisabled(_ name: ScheduleName) -> Bool { Syscalls.exists(paths.scheduleDisabled(name)) }

    /// `touch schedules/NAME.disabled`: it makes no tasks.
    package func disable(_ name: ScheduleName) throws(SpoolError) {
        try checkSchedule(name)
        try mark(paths.scheduleDisabled(name))
        try Syscalls.syncDirectory(paths.schedules)
    }

    /// `rm schedules/NAME.disabled`.
    package func enable(_ name: ScheduleName) throws(SpoolError) {
        try checkSchedule(name)
        try unmark(paths.scheduleDisabled(name))
        try Syscalls.syncDirectory(paths.schedules)
    }

    /// Says beside a file of `schedules/` what is wrong with it; with nil, that nothing is. Nothing is written that says
    /// the same already.
    package func explain(schedule file: String, _ reason: String?) throws(SpoolError) {
        let path = paths.schedules.appending(file + Ending.reason)
        guard let reason else { return try unmark(path) }
        let text = reason + "\n"
        if let before = (try? Syscalls.read(path, limit: 1 << 20)) ?? nil, before == Array(text.utf8) { return }
        try DurableFile.writeVolatile(text, to: path)
    }

    /// Removes what was said of files that are gone.
    package func removeStaleExplanations() throws(SpoolError) {
        for file in try entries(of: paths.schedules) where file.hasSuffix(Ending.reason) {
            let path = paths.schedules.appending(file)
            if !Syscalls.exists(paths.schedules.appending(String(file.dropLast(Ending.reason.count)))) {
                try unmark(path)
            }
        }
    }

    /// Those of some tasks that have not ended, in their order. One that is gone has.
    package func unfinished(_ ids: [TaskID]) throws(SpoolError) -> [TaskID] {
        var unfinished: [TaskID] = []
        for id in ids {
            do {
                if try !locate(id).1.isEnded { unfinished.append(id) }
            } catch {
                if error.code != .taskNotFound { throw error }
            }
        }
        return unfinished
    }
}
