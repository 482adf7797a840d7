import Glibc
import Logging
import SystemPackage

/// Finds the server of a directory, or starts one. Blocks; nothing here waits for the server to listen.
struct ServerStart: Sendable {
    let settings: ServerHostSettings
    let logger: Logger
    /// For tests alone.
    let onStep: @Sendable (StartStep) -> Void

    struct Outcome: Sendable {
        var record: ServerRecord
        var process: ProcessIdentity
        var wasAdopted: Bool
        /// The length of the log before this server wrote to it; 0 for an adopted one, as nobody knows.
        var logStart: Int

        /// What it wrote last, without its secrets. Blocks shortly.
        func logTail(in directory: FilePath) -> [String] {
            ServerLog(in: directory).tail(after: logStart, hiding: [record.password, record.id])
        }
    }

    /// The recorded server if it lives, else a new one; in either case its whole record survives a power cut when
    /// this returns.
    ///
    /// The record is written before the program is started and completed after. A crash before the start leaves a
    /// record without a process, which is forgotten; a crash between start and completion leaves a server that /proc
    /// shows and the next call adopts. So at no time is there one that nobody finds.
    func run() throws(ServerHostError) -> Outcome {
        let directory = try ServerDirectory(settings.directory)
        return try directory.locked { lock throws(ServerHostError) in
            if let record = try directory.record() {
                if let outcome = try adopt(record, in: directory) { return outcome }
                try forget(record, in: directory)
            }
            return try start(in: directory, lock: lock)
        }
    }

    private func adopt(
        _ old: ServerRecord, in directory: ServerDirectory
    ) throws(ServerHostError) -> Outcome? {
        guard let process = Self.livingServer(of: old) else { return nil }
        var record = old
        if record.process == nil {
            record.process = process
            try directory.write(record)
        }
        logger.info(
            "found the OpenCode server of an earlier daemon",
            metadata: ["pid": "\(process.pid)", "port": "\(record.port)"])
        return Outcome(record: record, process: process, wasAdopted: true, logStart: 0)
    }

    /// The process that the record means, if it lives; not one that got its number later.
    static func livingServer(of record: ServerRecord) -> ProcessIdentity? {
        guard record.bootID == ProcessTable.bootID else { return nil }
        guard let process = record.process else { return ProcessTable.unrecordedServer(of: record) }
        return ProcessTable.isAlive(process) ? process : nil
    }

    /// Removes the record of a server that ended while no daemon watched, and ends what it left behind.
    private func forget(_ record: ServerRecord, in directory: ServerDirectory) throws(ServerHostError) {
        if let process = record.process, record.bootID == ProcessTable.bootID {
            ProcessGroup.kill(process.pid, of: record)
            ProcessEnd.reap(process)
        }
        try directory.remove(record)
        logger.info("the recorded OpenCode server has ended", metadata: ["port": "\(record.port)"])
    }

    private func start(in directory: ServerDirectory, lock: Int32) throws(ServerHostError) -> Outcome {
        let path = try ProgramSearch.find(
            settings.command, environment: settings.environment, home: settings.home)
        var record = ServerRecord(
            id: try GeneratedSecret.make(bytes: 18), port: try port(), password: try GeneratedSecret.make(bytes: 32),
            program: path.string, bootID: ProcessTable.bootID, process: nil)
        let environment = try ServerEnvironment.make(
            from: settings.environment, home: settings.home, id: record.id, password: record.password)
        let log = try ServerLog(in: directory.path).open(limit: settings.logLimit)
        defer { Syscalls.close(log.descriptor) }

        try directory.write(record)
        onStep(.intended)
        let process: ProcessIdentity
        do throws(ServerHostError) {
            process = try spawn(
                ServerProgram(
                    path: path, port: record.port, home: settings.home, environment: environment,
                    log: log.descriptor, lock: lock))
        } catch {
            try directory.remove(record)
            throw error
        }
        onStep(.spawned)
        record.process = process
        do throws(ServerHostError) {
            try directory.write(record)
        } catch {
            // Without a record nobody would ever end it.
            ProcessGroup.kill(process.pid, of: record)
            ProcessEnd.reap(process)
            throw error
        }
        onStep(.recorded)
        logger.info(
            "started OpenCode",
            metadata: ["program": "\(path)", "pid": "\(process.pid)", "port": "\(record.port)"])
        return Outcome(record: record, process: process, wasAdopted: false, logStart: log.length)
    }

    private func spawn(_ program: ServerProgram) throws(ServerHostError) -> ProcessIdentity {
        let pid = try program.start()
        // Our child has an entry, dead or alive, until we reap it.
        guard let entry = ProcessTable.entry(pid) else {
            kill(-pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw .systemCall("read", FilePath("/proc/\(pid)/stat"), .noSuchFileOrDirectory)
        }
        return entry.identity
    }

    private func port() throws(ServerHostError) -> UInt16 {
        guard let wanted = settings.port else { return try LoopbackPort.free() }
        guard let port = UInt16(exactly: wanted), port > 0 else {
            throw .invalidSetting(
                "opencode.start_port is \(wanted): give a number from 1 to 65535, or none for a free port")
        }
        try LoopbackPort.checkFree(port)
        return port
    }
}
