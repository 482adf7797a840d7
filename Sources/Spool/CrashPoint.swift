import Glibc

/// The instants around which a kill must lose nothing: tests stop the program at each of them.
///
/// `OPENLOOM_CRASH_AT=submit.written` makes the program kill itself there, as `kill -9` would.
package enum CrashPoint: String, Sendable, CaseIterable {
    case submitWritten = "submit.written"
    case submitMoved = "submit.moved"
    case intakePrepared = "intake.prepared"
    case intakeAside = "intake.aside"
    case intakeClaimed = "intake.claimed"
    case intakeWritten = "intake.written"
    case attemptSetAside = "attempt.set-aside"
    case claimMoved = "claim.moved"
    case worktreeRecorded = "worktree.recorded"
    case worktreeMade = "worktree.made"
    case sessionCreated = "session.created"
    case sessionRecorded = "session.recorded"
    case turnRecorded = "turn.recorded"
    case promptSending = "prompt.sending"
    case promptSent = "prompt.sent"
    case evidenceRecorded = "evidence.recorded"
    case claimRecorded = "claim.recorded"
    case checkMade = "check.made"
    case checksMade = "checks.made"
    case nextTurnRecorded = "next-turn.recorded"
    case nextPromptSending = "next-prompt.sending"
    case nextPromptSent = "next-prompt.sent"
    case finishWritten = "finish.written"
    case finishMoved = "finish.moved"
    case requeueWritten = "requeue.written"
    case requeueMoved = "requeue.moved"
    case removeMoved = "remove.moved"
    case scheduleDue = "schedule.due"
    case scheduleSubmitted = "schedule.submitted"
    case scheduleRecorded = "schedule.recorded"
    case eventsSynced = "events.synced"
    case deliveryWritten = "delivery.written"
    case deliveryCreated = "delivery.created"
    case deliveriesSynced = "deliveries.synced"
    case cursorWritten = "cursor.written"
    case deliverySending = "delivery.sending"
    case deliveryAnswered = "delivery.answered"
    case deliveryMoved = "delivery.moved"
    case deliveryRecorded = "delivery.recorded"
    case remoteClaimed = "remote.claimed"
    case remoteClaimStands = "remote.claim-stands"
    case remoteClaimReleased = "remote.claim-released"
    case remoteNoted = "remote.noted"
    case remoteSubmitted = "remote.submitted"
    case remoteRecorded = "remote.recorded"
    case remoteReasonWithdrawn = "remote.reason-withdrawn"
    case archiveNoted = "archive.noted"
    case archiveMoved = "archive.moved"
    case statusNoted = "status.noted"
    case statusPlaced = "status.placed"
    case resultNoted = "result.noted"
    case resultWritten = "result.written"
    case resultPlaced = "result.placed"
    case statusRemoved = "status.removed"
    case sourceNoted = "source.noted"
    case sourcePlaced = "source.placed"
    case resultSettled = "result.settled"
    case resultCursorWritten = "result-cursor.written"
    case migrateWritten = "migrate.written"
    case migrateMoved = "migrate.moved"
    case probeMade = "probe.made"

    /// The point at which this process is to die, if any.
    package static let armed = getenv("OPENLOOM_CRASH_AT").flatMap { CrashPoint(rawValue: String(cString: $0)) }

    /// Dies here if told to.
    package func reached() {
        if Self.armed == self { kill(getpid(), SIGKILL) }
    }
}
