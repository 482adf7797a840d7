import Glibc
import JSON
import Logging
import SystemPackage
import TestSupport

@testable import OpenCodeHost

/// What the pretended `opencode` does after it has written down how it was started.
enum FakeBehaviour: String {
    case listens = "listen()"
    case listensAndIgnoresTerminate = "signal.signal(signal.SIGTERM, signal.SIG_IGN); listen()"
    /// The first time somebody else has its port, whose process id is in `thief`.
    case losesItsPortOnce = "listen() if os.path.exists('thief') else lose()"
    case neverListens = "signal.pause()"
    case endsAtOnce =
        "print('cannot open the database'); print('password is', os.environ['OPENCODE_PASSWORD']); sys.exit(7)"
    /// Its child listens, and both it and the child's child ignore SIGTERM.
    case hasStubbornChildren =
        "children('trap \"\" TERM; sleep 1000 & echo $$ $! > children.tmp; mv children.tmp children; wait'); listen()"
}

/// A temporary directory with a pretended `opencode`, and the settings that lead to it.
///
/// Suites that use it are serialized: each start holds a free port that nobody has bound yet, and dozens at a time would
/// now and then choose the same one.
struct FakeOpenCode: Sendable {
    let root: FilePath
    var settings: ServerHostSettings
    let log = RecordedLog()

    private init(_ behaviour: FakeBehaviour) throws {
        var template = Array("/tmp/openloom-host-XXXXXX".utf8CString)
        guard let name = mkdtemp(&template) else { throw Errno(rawValue: errno) }
        root = FilePath(String(cString: name))
        settings = ServerHostSettings(
            directory: root.appending("state"), home: root,
            environment: [
                "PATH": "\(root):/usr/local/bin:/usr/bin:/bin", "OPENLOOM_TOKEN": "t", "LANG": "C.UTF-8",
                "OPENCODE_CONFIG_CONTENT": #"{"model":"a/b","share":"auto"}"#,
            ])
        try become(behaviour)
    }

    /// Runs the body; then nothing that it started is left.
    static func with(
        _ behaviour: FakeBehaviour = .listens, _ body: (FakeOpenCode) async throws -> Void
    ) async throws {
        let fake = try FakeOpenCode(behaviour)
        do {
            try await body(fake)
            await fake.clean()
        } catch {
            await fake.clean()
            throw error
        }
    }

    private func clean() async {
        await host().stop()
        if let pid = try? run(["rm", "-r", "-f", root.string]) { waitpid(pid, nil, 0) }
    }

    func host(onStep: @escaping @Sendable (StartStep) -> Void = { _ in }) -> ServerHost {
        ServerHost(settings: settings, logger: Logger(label: "host") { _ in log }, onStep: onStep)
    }

    func become(_ behaviour: FakeBehaviour) throws {
        let script = """
            #!/usr/bin/env python3
            import json, os, signal, socket, subprocess, sys

            def descriptors():
                return [n for n in range(1024) if os.path.exists('/proc/self/fd/%d' % n)]

            def children(script):
                os.chdir(os.path.dirname(os.path.abspath(__file__)))
                subprocess.Popen(['sh', '-c', script])

            def lose():
                ready, done = os.pipe()
                if os.fork() == 0:
                    os.setsid()
                    thief = socket.socket()
                    thief.bind(('127.0.0.1', int(sys.argv[3])))
                    with open('thief', 'w') as file:
                        file.write(str(os.getpid()))
                    os.write(done, b'.')
                    signal.pause()
                os.read(ready, 1)
                sys.exit(1)

            def listen():
                server = socket.socket()
                server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                server.bind(('127.0.0.1', int(sys.argv[3])))
                server.listen(16)
                while True:
                    server.accept()[0].close()

            umask = os.umask(0)
            os.umask(umask)
            status = dict(line.split(':', 1) for line in open('/proc/self/status'))
            report = {
                'pid': os.getpid(), 'group': os.getpgid(0), 'session': os.getsid(0), 'cwd': os.getcwd(),
                'arguments': sys.argv[1:], 'environment': dict(os.environ), 'umask': umask,
                'descriptors': descriptors(), 'ignored': int(status['SigIgn'], 16),
                'blocked': int(status['SigBlk'], 16), 'input': os.readlink('/proc/self/fd/0'),
            }
            name = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'report-%d' % os.getpid())
            with open(name + '.tmp', 'w') as file:
                json.dump(report, file)
            os.rename(name + '.tmp', name)
            print('started', flush=True)
            \(behaviour.rawValue)

            """
        // A running script must not be written to; a new file takes its place.
        let temporary = root.appending("opencode.new")
        try write(script, to: temporary, mode: 0o755)
        guard rename(temporary.string, root.appending("opencode").string) == 0 else { throw Errno(rawValue: errno) }
    }

    struct Report {
        var pid: Int32
        var json: JSONValue
    }

    /// What each start of the program has written down.
    func reports() -> [Report] {
        names(in: root).filter { $0.hasPrefix("report-") && !$0.hasSuffix(".tmp") }.compactMap { name in
            guard let text = read(root.appending(name)), let json = try? JSONValue(parsing: text),
                let pid = json["pid"]?.int
            else { return nil }
            return Report(pid: Int32(pid), json: json)
        }
    }

    var recordPath: FilePath { settings.directory.appending("server.json") }
    var logPath: FilePath { settings.directory.appending("opencode.log") }

    func record() throws -> ServerRecord? { try ServerDirectory(settings.directory).record() }
}

/// Waits for a fact; the suite's time limit is the bound.
func eventually(_ fact: () throws -> Bool) async throws {
    while !(try fact()) { try await Task.sleep(for: .milliseconds(5)) }
}

func isAlive(_ pid: Int32) -> Bool { ProcessTable.entry(pid)?.isAlive == true }

/// Starts a program and answers its process id.
func run(_ arguments: [String]) throws -> Int32 {
    var pid: Int32 = 0
    var pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    let code = posix_spawnp(&pid, arguments[0], nil, nil, &pointers, nil)
    guard code == 0 else { throw Errno(rawValue: code) }
    return pid
}

func write(_ text: String, to path: FilePath, mode: mode_t = 0o600) throws {
    let descriptor = open(path.string, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    defer { close(descriptor) }
    try Syscalls.write(descriptor, Array(text.utf8), path)
    fchmod(descriptor, mode)
}

func read(_ path: FilePath) -> String? {
    Syscalls.kernelFile(path.string, limit: 1 << 24).map { String(decoding: $0, as: UTF8.self) }
}

func mode(of path: FilePath) -> mode_t {
    var status = stat()
    return stat(path.string, &status) == 0 ? status.st_mode & 0o777 : 0
}

private func names(in path: FilePath) -> [String] {
    guard let directory = opendir(path.string) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        names.append(
            withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            })
    }
    return names
}
