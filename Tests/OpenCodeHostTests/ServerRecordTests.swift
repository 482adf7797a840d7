import JSON
import Testing

@testable import OpenCodeHost

@Suite struct ServerRecordTests {
    private let record = ServerRecord(
        id: "abcdefghijklmnopqrstuvwx", port: 4096, password: String(repeating: "p", count: 43),
        program: "/bin/opencode",
        bootID: "boot", process: ProcessIdentity(pid: 42, started: 1234))

    @Test func record_readsBackWhatItWrote() throws {
        #expect(ServerRecord(record.json) == record)
        var intended = record
        intended.process = nil
        #expect(ServerRecord(intended.json) == intended)
        #expect(intended.json["pid"] == .null)
    }

    @Test(
        arguments: [
            ("port", 0), ("port", 65536), ("port", "4096"), ("pid", 1), ("pid", -5), ("pid", 5_000_000_000),
            ("pid", nil),
            ("started", -1), ("started", nil), ("password", "short"), ("password", "with a space and a \n newline"),
            ("id", ""), ("boot_id", 5), ("program", nil),
        ] as [(String, JSONValue)])
    func record_isNone_whenAMemberIsNotAsWritten(name: String, value: JSONValue) throws {
        var object = try #require(record.json.object)
        object[name] = value
        #expect(ServerRecord(.object(object)) == nil)
    }
}
