import Foundation
import Glibc
import Synchronization

/// A server of somebody else's that tests store files on, started by one of the scripts beside this file, on a port of
/// 127.0.0.1 that the system chose, with a directory of its own.
///
/// It ends with the value, and with the process of the tests, however that ends.
package final class StorageServer: Sendable {
    /// What the script says of it.
    package let facts: [String: String]
    private let pid: pid_t
    /// The server lives as long as this is open.
    private let input: Int32
    private let isRunning = Mutex(true)

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// Returns when the server takes connections.
    package init(_ script: String, _ arguments: [String]) throws {
        let path = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/Scripts/\(script)"
        let (toServer, fromServer) = (try Self.pipe(), try Self.pipe())
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toServer.read, 0)
        posix_spawn_file_actions_adddup2(&actions, fromServer.write, 1)
        var words: [UnsafeMutablePointer<CChar>?] = (["python3", "-B", path] + arguments).map { strdup($0) } + [nil]
        // Of the system, which has the packages.
        let variables = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/nonexistent", "LANG": "C.UTF-8"]
        var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + environment { free(pointer) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, "/usr/bin/python3", &actions, nil, &words, &environment)
        close(toServer.read)
        close(fromServer.write)
        defer { close(fromServer.read) }
        (pid, input) = (child, toServer.write)
        guard code == 0 else { throw Failure(description: "can't start python3: \(String(cString: strerror(code)))") }
        let line = Self.line(fromServer.read)
        guard let said = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] else {
            throw Failure(description: "\(script) did not start; its standard error says why")
        }
        facts = said.mapValues { "\($0)" }
    }

    deinit { stop() }

    package var port: Int { facts["port"].flatMap { Int($0) } ?? 0 }

    /// Ends it as a failure of the machine would, at once.
    package func kill() {
        guard isRunning.withLock({ $0 }) else { return }
        Glibc.kill(pid, SIGKILL)
        stop()
        // It can't do that itself any more.
        if let directory = facts["directory"] { try? FileManager.default.removeItem(atPath: directory) }
    }

    private func stop() {
        let was = isRunning.withLock { running in
            defer { running = false }
            return running
        }
        guard was else { return }
        close(input)
        Glibc.kill(pid, SIGTERM)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw Failure(description: String(cString: strerror(errno))) }
        // Not inherited by what else tests start: it would keep the server alive. Swift's Glibc hides pipe2.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func line(_ descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return bytes
    }
}
