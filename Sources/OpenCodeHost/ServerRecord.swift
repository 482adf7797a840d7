import JSON

/// Who the server of a directory is. Written with `process` nil before the program is started, and again with it as
/// soon as it runs: whatever happens in between, the next daemon finds it by `id`.
struct ServerRecord: Sendable, Hashable {
    /// Random; the value of ``ServerEnvironment/marker`` in the server's environment.
    var id: String
    var port: UInt16
    var password: String
    var program: String
    var bootID: String
    var process: ProcessIdentity?

    var json: JSONValue {
        [
            "id": .string(id), "url": .string("http://127.0.0.1:\(port)"), "port": .int(Int(port)),
            "pid": JSONValue(process.map { Int($0.pid) }),
            "started": process.flatMap { Int(exactly: $0.started) }.map { .int($0) } ?? .null,
            "boot_id": .string(bootID), "program": .string(program), "password": .string(password),
        ]
    }

    /// nil for anything that ``json`` would not have made.
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, GeneratedSecret.isPlausible(id),
            let password = json["password"]?.string, GeneratedSecret.isPlausible(password),
            let port = json["port"]?.int.flatMap(UInt16.init(exactly:)), port > 0,
            let bootID = json["boot_id"]?.string, let program = json["program"]?.string
        else { return nil }
        self.init(id: id, port: port, password: password, program: program, bootID: bootID, process: nil)
        switch (json["pid"], json["started"]) {
        case (.null?, .null?): break
        case (.int(let pid)?, .int(let started)?):
            guard let pid = Int32(exactly: pid), pid > 1, let started = UInt64(exactly: started) else { return nil }
            process = ProcessIdentity(pid: pid, started: started)
        default: return nil
        }
    }

    init(id: String, port: UInt16, password: String, program: String, bootID: String, process: ProcessIdentity?) {
        self.id = id
        self.port = port
        self.password = password
        self.program = program
        self.bootID = bootID
        self.process = process
    }
}

/// A process for as long as this boot lasts: the kernel gives the number again, but not at the same instant.
struct ProcessIdentity: Sendable, Hashable {
    var pid: Int32
    /// When it started, in clock ticks since boot.
    var started: UInt64
}
