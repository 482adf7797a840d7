import Glibc

/// Ends what a server started.
enum ProcessGroup {
    /// Sends SIGTERM to every member, and SIGKILL to those who live after that time. Blocks. Answers whether all are
    /// gone.
    ///
    /// The leader, if it is our child, stays on the process table: until it is reaped its number is nobody else's.
    static func end(_ group: Int32, of record: ServerRecord, limit: Duration) -> Bool {
        if ProcessTable.group(group, of: record).isEmpty { return true }
        Glibc.kill(-group, SIGTERM)
        return isEmpty(group, of: record, before: .now + limit) || kill(group, of: record)
    }

    /// Kills every member. Blocks, but not for long. Answers whether all are gone.
    @discardableResult
    static func kill(_ group: Int32, of record: ServerRecord) -> Bool {
        if ProcessTable.group(group, of: record).isEmpty { return true }
        Glibc.kill(-group, SIGKILL)
        // Whoever doesn't die of that hangs in the kernel, on a broken disk or network; it can't be waited for.
        return isEmpty(group, of: record, before: .now + .seconds(5))
    }

    /// Waits until no member lives, on the kernel's word, or until the deadline.
    private static func isEmpty(
        _ group: Int32, of record: ServerRecord, before deadline: ContinuousClock.Instant
    ) -> Bool {
        while let member = ProcessTable.group(group, of: record).first {
            // ESRCH: it has gone meanwhile; the next look shows who is left.
            guard let descriptor = try? Syscalls.processDescriptor(member.pid) else { continue }
            defer { Syscalls.close(descriptor) }
            guard ProcessTable.isAlive(member) else { continue }
            guard (try? Syscalls.poll([descriptor], until: deadline)) == [true] else { return false }
        }
        return true
    }
}
