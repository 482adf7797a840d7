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
        ("url: 'file:///a', user: me", "share.user: means nothing to file; it is for URLs that begin with one of dav,"),
        ("url: 'http://a/b', outbox: out", "share: is only read by http; remove outbox and archive"),
        ("url: 'https://a/b', shared: true", "share: is only read by https, so it can't be shared"),
        ("program: it, files: [a], shared: true", "share: has files, which are only read"),
        ("url: 'dav://a/b', user: me", "share: has a user and no password_file or password_env"),
        ("url: 'dav://a/b', password_env: A", "share: has a password and no user"),
        ("url: 'dav://a/b', password_env: 'hunter2 is it'", "share.password_env: should be the name of a variable"),
        ("url: 'dav:///b'", "share.url: should be dav://HOST/DIRECTORY"),
        ("url: 's3://b:9000/a'", "share.url: should be s3://BUCKET/DIRECTORY; where the storage is goes into endpoint"),
        ("url: 's3://b', endpoint: 'ftp://a'", "share.endpoint: should be an http:// or https:// URL"),
        ("url: 's3://b', endpoint: 'https://u:hunter2@a'", "share.endpoint: should hold no user or password"),
        ("url: 's3://b', path_style: perhaps", "share.path_style: should be true or false"),
        ("url: 'file:///a', endpoint: 'https://a'", "share.endpoint: means nothing to file; it is for"),
        ("url: 'sftp://a/b', key_file: ./k", "share: has no user"),
        ("url: 'ftp://a/b', password_env: A", "share: has a password and no user"),
        ("url: 'ftp://a/b', tls: perhaps", "share.tls: should be required or none"),
        ("url: 'ftps://a/b', tls: none", "share: has tls: none, but a URL that begins with ftps"),
        ("program: it, inbox: in, user: me", "share.user: is for storage with a url"),
        ("url: 'file:///a', passwrd_file: x", "share.passwrd_file: unknown key; did you mean password_file?"),
    ])
    func faultyStorage_isNoted_withoutSecrets(members: String, complaint: String) throws {
        let sandbox = try ConfigurationSandbox("connectors: {share: {\(members)}}")
        let complaints = sandbox.complaints()
        #expect(complaints.count == 1 && complaints.first?.hasPrefix("1: connectors.\(complaint)") == true)
        #expect(complaints.first?.contains("hunter2") == false)
    }

    @Test func secrets_comeFromFilesAndVariables_andAreShownNowhere() throws {
        let sandbox = try ConfigurationSandbox(
            """
            connectors:
              cloud:
                url: davs://cloud.example:8443/remote.php/dav/files/me/
                inbox: Tasks/in
                user: me
                password_file: password
                ca_file: /etc/ca.pem
              other: {url: "dav://127.0.0.1/x", user: me, password_env: DAV_PASSWORD}
            """)
        try sandbox.write(".openloom/password", "hunter2\n")
        let configuration = try sandbox.load()
        let cloud = try #require(configuration.connectors.first)
        #expect(cloud.storage?.url.description == "davs://cloud.example:8443/remote.php/dav/files/me")
        #expect(cloud.isShared)
        let secret = try cloud.storage?.secret(file: .passwordFile, variable: .passwordVariable, environment: [:])
        #expect(secret == "hunter2" && !"\(configuration.entries)\(cloud)".contains("hunter2"))
        let other = try #require(configuration.connectors.last?.storage)
        #expect(
            try other.secret(file: .passwordFile, variable: .passwordVariable, environment: ["DAV_PASSWORD": "x"])
                == "x")
        let missing = #expect(throws: ConfigurationStorage.MissingVariable.self) {
            try other.secret(file: .passwordFile, variable: .passwordVariable, environment: [:])
        }
        #expect(missing?.description.contains("has no DAV_PASSWORD, which password_env names") == true)
    }

    @Test func fileOfASecret_thatOthersCanRead_isRefused() throws {
        let sandbox = try ConfigurationSandbox("connectors: {a: {url: 'dav://host/x', token_file: token}}")
        try sandbox.write(".openloom/token", "hunter2", mode: 0o644)
        let complaints = sandbox.complaints()
        #expect(complaints.count == 1 && complaints.first?.contains("connectors.a.token_file") == true)
        #expect(complaints.first?.contains("can be read or changed by others; run: chmod 600") == true)
    }

    @Test func inboxes_areShared_whereTheyCanBeWrittenToWithoutAProgram() throws {
        let sandbox = try ConfigurationSandbox(
            """
            connectors:
              a: {url: "file:///a"}
              b: {url: "http://host/b"}
              c: {program: it, inbox: in}
              d: {program: it, inbox: in, shared: true}
              e: {url: "file:///a", shared: false}
            """)
        #expect(try sandbox.load().connectors.map(\.isShared) == [true, false, false, true, false])
    }
}
