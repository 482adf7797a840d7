package import Logging
import Schedules
package import Spool
import Synchronization
package import TaskSource

/// One look at all schedules. Has no clock of its own, and keeps nothing but what was said in the log already.
package final class ScheduleFollower: Sendable {
    private let spool: SpoolDirectory
    private let book: ScheduleBook
    private let logger: Logger
    private let said = Mutex<[String: String]>([:])

    /// How soon it is looked again at what can't be done now: a closed spool, a full disk, a workspace that is not there.
    private static let pauseAfterTrouble = 30.0
    /// Tasks of one schedule that may wait for each other.
    package static let longestQueue = 100

    package init(book: ScheduleBook, logger: Logger) {
        spool = book.spool
        self.book = book
        self.logger = logger
    }

    /// Makes what is due, and notes it. Blocks.
    ///
    /// - Returns: When to look again, at the latest; nil if nothing will be due.
    package func look(at now: Timestamp) -> Timestamp? {
        do {
            let files = try spool.scheduleFiles()
            try spool.removeStaleExplanations()
            for file in files.strangers {
                try spool.explain(
                    schedule: file,
                    "a schedule is a file NAME.yaml, where NAME consists of up to 64 letters, digits, - and _")
                say("no schedule", "\(file)", "left alone")
            }
            for name in Set(files.noted).subtracting(files.schedules) { try retire(name) }
            return files.schedules.compactMap { follow($0, now) }.min()
        } catch {
            say("can't look at the schedules", "", error.description)
            return now.adding(seconds: Self.pauseAfterTrouble)
        }
    }

    /// A schedule whose file is gone makes nothing up when it comes back; what it has made is kept in mind until then.
    private func retire(_ name: ScheduleName) throws(SpoolError) {
        guard var state = spool.scheduleState(name), try !spool.unfinished(state.open).isEmpty else {
            return try spool.forgetSchedule(name)
        }
        if state.isActive {
            state.isActive = false
            try spool.write(state, of: name)
        }
    }

    /// - Returns: When it is due next.
    private func follow(_ name: ScheduleName, _ now: Timestamp) -> Timestamp? {
        do throws(ScheduleBook.Fault) {
            let file = try book.read(name, now: now)
            try spooling { () throws(SpoolError) in try spool.explain(schedule: "\(name).yaml", nil) }
            said.withLock { $0["\(name)"] = nil }
            return try follow(file, name, now)
        } catch {
            return explain(error, name, now)
        }
    }

    /// - Returns: When to try again; nil for what only a change of the file can mend.
    private func explain(_ fault: ScheduleBook.Fault, _ name: ScheduleName, _ now: Timestamp) -> Timestamp? {
        switch fault {
        case .spool(let error) where error.code == .scheduleNotFound: return nil
        case .spool(let error):
            say("a schedule has to wait", "\(name)", error.description)
            return now.adding(seconds: Self.pauseAfterTrouble)
        case .source(let error):
            say("a schedule can't be followed", "\(name)", error.description)
            try? spool.explain(schedule: "\(name).yaml", error.description)
            let mayPass = error.problems.allSatisfy(\.isCircumstance)
            return mayPass ? now.adding(seconds: Self.pauseAfterTrouble) : nil
        }
    }

    private func follow(
        _ file: ScheduleFile, _ name: ScheduleName, _ now: Timestamp
    ) throws(ScheduleBook.Fault) -> Timestamp? {
        let isActive = file.isEnabled && !spool.isDisabled(name)
        let before = spool.scheduleState(name)
        var state = before ?? ScheduleState(rule: file.identity, isActive: isActive, handled: now)
        if state.rule != file.identity || isActive && !state.isActive {
            // What would have been due under a rule that was not in force was not missed.
            (state.rule, state.handled, state.pending) = (file.identity, now, nil)
        }
        state.isActive = isActive
        if state != before { try write(state, name) }
        guard isActive else { return nil }
        if let due = state.pending { try make(due, file, name, now, &state) }
        while true {
            switch file.decision(handled: state.handled, now: now) {
            case .wait(let next): return next.map { Timestamp(milliseconds: $0) }
            case .pass(let due):
                let due = Timestamp(milliseconds: due)
                logger.notice("a schedule was missed", metadata: ["schedule": "\(name)", "due": "\(due.iso8601)"])
                try note(.init(.missed, due: due, time: now), name, &state)
            case .run(let due): try run(Timestamp(milliseconds: due), file, name, now, &state)
            }
        }
    }

    /// Makes the task of a moment, unless the one before it stands in its way.
    private func run(
        _ due: Timestamp, _ file: ScheduleFile, _ name: ScheduleName, _ now: Timestamp, _ state: inout ScheduleState
    ) throws(ScheduleBook.Fault) {
        if spool.isClosed { throw .spool(spool.closedError) }
        let open = state.open
        state.open = try spooling { () throws(SpoolError) in try spool.unfinished(open) }
        var obstacle: String?
        if let previous = state.open.last {
            if file.overlap == .skip { obstacle = "the task \(previous) has not ended" }
            if state.open.count >= Self.longestQueue { obstacle = "\(state.open.count) tasks have not ended" }
        }
        if let obstacle {
            logger.notice(
                "a schedule is skipped", metadata: ["schedule": "\(name)", "reason": "\(obstacle)"])
            return try note(.init(.skipped, due: due, time: now, reason: obstacle), name, &state)
        }
        state.pending = due
        try write(state, name)
        CrashPoint.scheduleDue.reached()
        try make(due, file, name, now, &state)
    }

    /// Makes the task of a moment that is noted as pending. The task is there at the instant at which it is submitted; a
    /// crash before that makes it later, and one after it finds it by its key.
    private func make(
        _ due: Timestamp, _ file: ScheduleFile, _ name: ScheduleName, _ now: Timestamp, _ state: inout ScheduleState
    ) throws(ScheduleBook.Fault) {
        let previous = state.open
        if file.overlap == .cancelPrevious {
            for id in previous { try cancel(id) }
        }
        let id = try book.submit(
            file, of: name, due: due, after: file.overlap == .skip ? [] : previous, now: now)
        CrashPoint.scheduleSubmitted.reached()
        logger.info("made by a schedule", metadata: ["schedule": "\(name)", "task": "\(id)"])
        if !state.open.contains(id) { state.open.append(id) }
        state.pending = nil
        try note(.init(.created, due: due, time: now, task: id), name, &state)
        CrashPoint.scheduleRecorded.reached()
    }

    /// One that has ended by itself meanwhile needs no cancelling.
    private func cancel(_ id: TaskID) throws(ScheduleBook.Fault) {
        do throws(SpoolError) {
            try spool.cancel(id)
        } catch {
            if error.code != .taskNotFound && error.code != .wrongState { throw .spool(error) }
        }
    }

    private func note(
        _ outcome: ScheduleState.Outcome, _ name: ScheduleName, _ state: inout ScheduleState
    ) throws(ScheduleBook.Fault) {
        state.handled = outcome.due
        state.last = outcome
        try write(state, name)
    }

    private func write(_ state: ScheduleState, _ name: ScheduleName) throws(ScheduleBook.Fault) {
        try spooling { () throws(SpoolError) in try spool.write(state, of: name) }
    }

    private func spooling<Value>(
        _ body: () throws(SpoolError) -> Value
    ) throws(ScheduleBook.Fault) -> Value {
        do {
            return try body()
        } catch {
            throw .spool(error)
        }
    }

    /// Says something once, until it is something else.
    private func say(_ what: String, _ about: String, _ why: String) {
        let isNews = said.withLock { $0.updateValue(why, forKey: about) != why }
        if isNews { logger.warning("\(what)", metadata: ["schedule": "\(about)", "reason": "\(why)"]) }
    }
}
