import JSON
import RemoteStorage
import Testing

@testable import DaemonConfiguration

@Suite struct ConfigurationStorageTests {
    @Test func storageWithAURL_needsNoMore() throws {
        let sandbox = try ConfigurationSandbox(
            "connectors: {share: {url: 'file:///srv/my%20share', outbox: ./out/, archive: old}}")
        let remote = try #require(try sandbox.load().connectors.first)
        #expect(remote.storage?.url.path == ["srv", "my share"] && remote.program.isEmpty)
        #expect(remote.inbox == "" && remote.outbox == "out" && remote.archive == "old")
        #expect(remote.json["url"]?.string == "file:///srv/my%20share")
    }

    @Test(arguments: [
        ("url: 'gopher://a'", "share.url: should be a URL that begins with one of file"),
        ("url: 'file://me:hunter2@localhost/a'", "share.url: should hold no user or password"),
        ("url: 'file:///a', program: it", "share: has a url, which needs no program"),
        ("url: 'file:///a', inbox: ../b", "share.inbox: should be a directory beneath the url's, without .."),
        ("url: 'file:///a', inbox: in, archive: /in", "share: has the inbox as its archive"),
        ("url: 'file:///a', archive: ./", "share: has the inbox as its archive"),
        ("url: 'file:///a', files: [a]", "share: has files, which are a program's"),
        ("url: 'file:///a', user: me", "share.user: means nothing to"),
        ("program: it, inbox: in, user: me", "share.user: is for storage with a url"),
        ("url: 'file:///a', passwrd_file: x", "share.passwrd_file: unknown key; did you mean password_file?"),
    ])
    func faultyStorage_isNoted_withoutSecrets(members: String, complaint: String) throws {
        let sandbox = try ConfigurationSandbox("connectors: {share: {\(members)}}")
        let complaints = sandbox.complaints()
        #expect(complaints.count == 1 && complaints.first?.hasPrefix("1: connectors.\(complaint)") == true)
        #expect(complaints.first?.contains("hunter2") == false)
    }
}
