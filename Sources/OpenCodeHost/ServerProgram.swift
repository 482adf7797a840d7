import CLinux
import Glibc
import SystemPackage

/// `opencode serve`, about to be started.
struct ServerProgram {
    var path: FilePath
    var port: UInt16
    var home: FilePath
    /// `NAME=VALUE` each.
    var environment: [String]
    var log: Int32
    /// The child holds this lock until it is OpenCode, so that whoever gets the lock next finds it as such in /proc.
    var lock: Int32

    /// Starts it in a session and process group of its own, in the home, with default signals, no descriptors but
    /// /dev/null and the log. The number returned is the session's, the group's and the process's.
    ///
    /// posix_spawn(3) can do all but set the umask and hold the lock for exactly that long; a shell does these two
    /// and becomes the program. Some shells drop variables whose names no shell could set, such as `a.b`.
    func start() throws(ServerHostError) -> Int32 {
        let script = "umask 077; exec \"$0\" \"$@\" \(Self.lockDescriptor)>&-"
        let arguments = [
            "/bin/sh", "-c", script, path.string, "serve", "--port", String(port), "--hostname", "127.0.0.1",
        ]
        var actions = posix_spawn_file_actions_t()
        try Self.check("posix_spawn_file_actions_init") { posix_spawn_file_actions_init(&actions) }
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        try Self.check("posix_spawnattr_init") { posix_spawnattr_init(&attributes) }
        defer { posix_spawnattr_destroy(&attributes) }
        try fill(&actions)
        try fill(&attributes)
        var pid: Int32 = 0
        try Self.withCStrings(arguments) { arguments throws(ServerHostError) in
            try Self.withCStrings(environment) { environment throws(ServerHostError) in
                try Self.check("posix_spawn") {
                    posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, environment)
                }
            }
        }
        return pid
    }

    /// Log and lock lie at 10 or above, so none of these takes the place of another.
    private func fill(_ actions: inout posix_spawn_file_actions_t) throws(ServerHostError) {
        let devNull = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        try Self.check("posix_spawn_file_actions_addopen") { devNull }
        for (from, to) in [(log, 1), (log, 2), (lock, Self.lockDescriptor)] {
            try Self.check("posix_spawn_file_actions_adddup2") { posix_spawn_file_actions_adddup2(&actions, from, to) }
        }
        try Self.check("posix_spawn_file_actions_addclosefrom_np") {
            clinux_spawn_add_close_from(&actions, Self.lockDescriptor + 1)
        }
        try Self.check("posix_spawn_file_actions_addchdir_np") {
            home.withPlatformString { clinux_spawn_add_chdir(&actions, $0) }
        }
    }

    private func fill(_ attributes: inout posix_spawnattr_t) throws(ServerHostError) {
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        try Self.check("posix_spawnattr_setsigmask") { posix_spawnattr_setsigmask(&attributes, &none) }
        try Self.check("posix_spawnattr_setsigdefault") { posix_spawnattr_setsigdefault(&attributes, &all) }
        let flags = CLINUX_SPAWN_SETSID | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        try Self.check("posix_spawnattr_setflags") { posix_spawnattr_setflags(&attributes, Int16(flags)) }
    }

    private static let lockDescriptor: Int32 = 3

    /// These return their error number.
    private static func check(_ operation: String, _ body: () -> Int32) throws(ServerHostError) {
        let code = body()
        if code != 0 { throw .systemCall(operation, nil, Errno(rawValue: code)) }
    }

    /// The strings as C wants them: a list of pointers with nil at its end.
    private static func withCStrings(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws(ServerHostError) -> Void
    ) throws(ServerHostError) {
        var pointers = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        guard !pointers.dropLast().contains(nil) else { throw .systemCall("strdup", nil, .noMemory) }
        try pointers.withUnsafeMutableBufferPointer { buffer throws(ServerHostError) in
            if let base = buffer.baseAddress { try body(base) }
        }
    }
}
