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

    @Test func bucket_isReadWithItsKeys_whichAreNotShown() throws {
        let sandbox = try ConfigurationSandbox(
            """
            connectors:
              cloud:
                url: s3://tasks/team%20a
                endpoint: https://s3.example.com
                region: eu-central-1
                path_style: false
                access_key_env: KEY_ID
            """)
        let remote = try #require(try sandbox.load().connectors.first)
        let storage = try #require(remote.storage)
        #expect(storage.url.host == "tasks" && storage.url.path == ["team a"])
        #expect(storage.settings[.endpoint] == "https://s3.example.com" && storage.settings[.pathStyle] == "false")
        let key = try storage.secret(
            file: .accessKeyFile, variable: .accessKeyVariable, environment: ["KEY_ID": "hunter2"])
        #expect(key == "hunter2" && remote.json["access_key_env"]?.string == "KEY_ID")
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
        ("url: 's3://b:9000/a'", "share.url: should be s3://BUCKET/DIRECTORY; where the storage is goes into endpoint"),
        ("url: 's3://b', endpoint: 'ftp://a'", "share.endpoint: should be an http:// or https:// URL"),
        ("url: 's3://b', endpoint: 'https://u:hunter2@a'", "share.endpoint: should hold no user or password"),
        ("url: 's3://b', path_style: perhaps", "share.path_style: should be true or false"),
        ("url: 'file:///a', endpoint: 'https://a'", "share.endpoint: means nothing to file; it is for"),
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
