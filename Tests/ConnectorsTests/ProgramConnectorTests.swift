import Foundation
import Glibc
import SystemPackage
import Testing

@testable import Connectors

@Suite struct ProgramConnectorTests {
    /// A directory with one program in it.
    final class Home {
        let root: String

        init(_ script: String, mode: Int = 0o700) throws {
            root = NSTemporaryDirectory() + "connector-\(UInt64.random(in: 0...UInt64.max))"
            try FileManager.default.createDirectory(
                atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try "#!/bin/sh\n\(script)\n".write(toFile: "\(root)/it", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(root)/it")
        }

        deinit { try? FileManager.default.removeItem(atPath: root) }

        func connector(_ arguments: [String] = [], timeout: Duration = .seconds(600)) -> ProgramConnector {
            ProgramConnector(
                program: FilePath("\(root)/it"), arguments: arguments,
                environment: ["PATH": "/usr/bin:/bin", "A": "b"],
                timeout: timeout)
        }
    }

    @Test func arguments_input_andOutput_goThrough() async throws {
        let home = try Home("printf '%s|' \"$@\"; cat; env | grep -c . >&2; echo \"$A\"; pwd")
        let connector = home.connector(["first"])
        let answer = try await connector.download("a b/ü", limit: 1000)
        #expect(String(decoding: answer ?? [], as: UTF8.self) == "first|download|a b/ü|b\n\(home.root)\n")
        let taker = try Home("[ \"$1 $2\" = 'upload x' ] && cat > \"$PWD/taken\"")
        try await taker.connector().upload(Array(repeating: 65, count: 3 << 20), to: "x")
        #expect(FileManager.default.contents(atPath: "\(taker.root)/taken")?.count == 3 << 20)
    }

    @Test func listing_isReadLineByLine() {
        let text = "in/a.md\t12\tetag\nin/b.md\nin/c.md\t\t\n\t5\nin/d e.md\tx\tv\tw\r\n"
        #expect(
            ProgramListing.files(Array(text.utf8) + [0xFF, 0x0A]) == [
                RemoteFile(path: "in/a.md", size: 12, version: "etag"), RemoteFile(path: "in/b.md"),
                RemoteFile(path: "in/c.md"), RemoteFile(path: "in/d e.md", version: "v\tw"),
            ])
    }

    @Test func programThatIsBeingWritten_isStartedOnceThatIsOver() async throws {
        let home = try Home("echo there")
        let file = open("\(home.root)/it", O_WRONLY | O_CLOEXEC)
        #expect(file >= 0)
        // Not for ever.
        let error = await #expect(throws: ConnectorError.self) {
            _ = try await home.connector().download("x", limit: 100)
        }
        #expect(error?.message.contains("Text file busy") == true)
        async let bytes = home.connector().download("x", limit: 100)
        close(file)
        #expect(try await bytes == Array("there\n".utf8))
    }

    @Test func exitCodes_meanWhatTheyShould() async throws {
        let missing = try Home("exit 3")
        #expect(try await missing.connector().download("x", limit: 10) == nil)
        #expect(try await missing.connector().list("x") == nil)
        try await missing.connector().delete("x")
        withExtendedLifetime(missing) {}
        let failures: [(String, ConnectorError)] = [
            ("exit 4", ConnectorError(.unsupported, "download: the connector knows no such operation")),
            ("echo a >&2; echo b >&2; exit 9", ConnectorError(.failed, "download ended with 9: a; b")),
            ("kill -9 $$", ConnectorError(.failed, "download was ended by signal 9")),
            ("yes", ConnectorError(.tooLarge, "download: it is larger than 10 bytes")),
            ("sleep 100 & sleep 100", ConnectorError(.failed, "download: it did not end within 0.2 seconds")),
        ]
        for (script, expected) in failures {
            let home = try Home(script)
            let connector = home.connector(timeout: script.contains("sleep") ? .milliseconds(200) : .seconds(600))
            await #expect(throws: expected, "\(script)") { try await connector.download("x", limit: 10) }
            withExtendedLifetime(home) {}
        }
    }

    @Test func longErrors_costNoFile_andEndInTheMessage() async throws {
        let noisy = "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo end >&2;"
        let home = try Home("\(noisy) printf good")
        #expect(try await home.connector().download("x", limit: 4) == Array("good".utf8))
        withExtendedLifetime(home) {}
        let failing = try Home("\(noisy) exit 9")
        do {
            _ = try await failing.connector().list("x")
            Issue.record("it has not failed")
        } catch {
            #expect(error.kind == .failed && error.message.hasPrefix("ls ended with 9: "))
        }
        let talker = try Home("cat >/dev/null; yes")
        await #expect(throws: ConnectorError(.failed, "upload: it is larger than 65536 bytes")) {
            try await talker.connector().upload([65], to: "x")
        }
        withExtendedLifetime((failing, talker)) {}
    }

    @Test func lineThatIsTooLong_isLeftOut() {
        // Some characters are many bytes.
        let long = "a" + String(repeating: "\u{301}", count: 8192)
        let found = ProgramListing.files(Array("\(long)\na\t1\t\(long)\nb.md\n".utf8))
        #expect(found == [RemoteFile(path: "b.md")])
    }

    @Test func uploadThatIsNotRead_isAnError_andNoEndOfOurs() async throws {
        let home = try Home("exit 1")
        await #expect(throws: ConnectorError.self) {
            try await home.connector().upload(Array(repeating: 65, count: 3 << 20), to: "x")
        }
        withExtendedLifetime(home) {}
    }

    @Test func programThatOthersCouldChange_isNotRun() async throws {
        let open = try Home("exit 0", mode: 0o722)
        #expect(open.connector().objection()?.contains("chmod go-w") == true)
        await #expect(throws: ConnectorError.self) { try await open.connector().list("x") }
        let plain = try Home("exit 0", mode: 0o600)
        #expect(plain.connector().objection()?.contains("chmod +x") == true)
        withExtendedLifetime((open, plain)) {}
        let gone = ProgramConnector(program: "/nowhere/it", environment: [:], timeout: .seconds(1))
        #expect(gone.objection()?.contains("is not there") == true)
    }
}
