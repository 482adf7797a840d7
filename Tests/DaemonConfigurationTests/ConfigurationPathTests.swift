import FoundationEssentials
import Report
import Spool
import SystemPackage
import Testing

@testable import DaemonConfiguration

@Suite struct ConfigurationPathTests {
    @Test func relativePaths_startFromTheFilesDirectory() throws {
        let sandbox = try ConfigurationSandbox()
        let file = try sandbox.write(
            "etc/mine.yaml",
            """
            spool: {path: ../var/spool}
            levels: {storage: {path: ./inbox, workspace: ~/src/./a}}
            workspaces: {app: app, web: {path: "~"}}
            """)
        let configuration = try sandbox.load(.init(config: file.string))
        #expect(configuration.spool.path == sandbox.home.appending("var/spool"))
        #expect(configuration.inbox.path == sandbox.home.appending("etc/inbox"))
        #expect(configuration.defaultWorkspace == sandbox.home.appending("src/a"))
        #expect(
            configuration.workspaceProjects == ["app": sandbox.home.appending("etc/app"), "web": sandbox.home])
    }

    @Test func relativePaths_ofFlagsAndVariables_startFromTheWorkingDirectory() throws {
        let sandbox = try ConfigurationSandbox()
        #expect(try sandbox.load(.init(spool: "s")).spool.path == sandbox.home.appending("work/s"))
        #expect(try sandbox.load(.init(), ["OPENLOOM_SPOOL": "../s"]).spool.path == sandbox.home.appending("s"))
        #expect(try sandbox.load(.init(), ["OPENLOOM_SPOOL": "~/s"]).spool.path == sandbox.home.appending("s"))
        // A slash and a mark that follows it are one character of Swift's, and still two of a path.
        let marked = "\u{301}s"
        #expect(
            try sandbox.load(.init(), ["OPENLOOM_SPOOL": "~/\(marked)"]).spool.path == sandbox.home.appending(marked))
    }

    @Test func workingDirectory_isThatOfTheProcess_unlessGiven() throws {
        let sandbox = try ConfigurationSandbox()
        let configuration = try Configuration.load(
            flags: ConfigurationFlags(spool: "some-spool"), environment: [:], home: sandbox.home)
        let directory = FilePath(FileManager.default.currentDirectoryPath)
        #expect(configuration.spool.path == directory.appending("some-spool").lexicallyNormalized())
    }

    @Test func inbox_followsTheSpool() throws {
        let sandbox = try ConfigurationSandbox("spool:\n  path: /srv/spool\n")
        #expect(try sandbox.load().inbox.path == "/srv/spool/inbox")
    }

    /// Fault 18 of the Python program: its own connector failed at every poll with its default inbox.
    @Test(arguments: [
        ("", "/srv/files/tasks/incoming"), ("  inbox: inbox\n", "/srv/files/inbox"),
        ("  inbox: /srv/files/in\n", "/srv/files/in"), ("  paths: drop\n", "/srv/files/drop"),
    ])
    func connectorForDirectories_isWatchedWithoutAConnector(inbox: String, path: FilePath) throws {
        let sandbox = try ConfigurationSandbox(
            """
            storage:
              class: openloom.levels.storage.fs.FilesystemConnector
              kwargs: {root: /srv/files}

            """ + inbox)
        let configuration = try sandbox.load()
        #expect(configuration.inbox.path == path)
        #expect(configuration.warnings.isEmpty)
        #expect(
            configuration.entry("levels.storage.class")?.note
                == "written as storage.class; its directory is watched, without a connector")
    }

    /// Fault 18 as well: `/srv/root-evil` begins with `/srv/root`.
    @Test(arguments: ["../root-evil/x", "/srv/root-evil", "a/../.."])
    func inboxOfTheConnector_mustNotLeadOutOfItsRoot(inbox: String) throws {
        let sandbox = try ConfigurationSandbox(
            """
            storage:
              class: openloom.levels.storage.fs.FilesystemConnector
              kwargs: {root: /srv/root}
              inbox: \(inbox)
            """)
        let complaints = sandbox.complaints()
        #expect(complaints.count == 1)
        #expect(complaints.first?.hasPrefix("4: storage.inbox: /srv") == true)
        #expect(complaints.first?.hasSuffix(" is not in /srv/root, the root that storage.kwargs names") == true)
    }

    @Test func inboxOfAnotherConnector_isNoDirectoryHere() throws {
        let sandbox = try ConfigurationSandbox("storage:\n  class: my.Cloud\n  inbox: /remote/in\n")
        let configuration = try sandbox.load()
        #expect(configuration.inbox.path == configuration.spool.path.appending("inbox"))
        #expect(configuration.warnings.isEmpty)
        let storage = try #require(configuration.connectors.first)
        #expect(storage.name == "storage" && storage.className == "my.Cloud" && storage.program == "python-bridge")
        #expect(storage.inbox == "/remote/in" && storage.outbox == "/tasks/results" && storage.archive == nil)
    }

    @Test func outboxAndArchive_ofTheConnectorForDirectories_lieBelowItsRoot() throws {
        let head = "storage:\n  class: openloom.levels.storage.fs.FilesystemConnector\n  kwargs: {root: /srv/files}\n"
        let sandbox = try ConfigurationSandbox(head + "  outbox: results\n  archive: old/ones\n")
        let configuration = try sandbox.load()
        #expect(configuration.results.outbox == "/srv/files/results")
        #expect(configuration.results.archive == "/srv/files/old/ones")
        #expect(configuration.results.language == .english && configuration.warnings.isEmpty)
        let out = try ConfigurationSandbox(head + "  outbox: ../results\n")
        #expect(
            out.complaints() == [
                "4: storage.outbox: /srv/results is not in /srv/files, the root that storage.kwargs names"
            ])
        let cloud = try ConfigurationSandbox("storage:\n  class: my.Cloud\n  outbox: /remote/out\n").load()
        #expect(cloud.results.outbox == nil)
        #expect(cloud.connectors.first?.outbox == "/remote/out" && cloud.warnings.isEmpty)
    }

    @Test(arguments: [
        ("outbox: /srv/spool/outbox", "outbox: /srv/spool/outbox lies in the spool"),
        ("archive: /srv/spool/done", "archive: /srv/spool/done lies in the spool"),
        ("archive: /srv/spool/inbox", "archive: /srv/spool/inbox lies in the inbox /srv/spool/inbox"),
        ("archive: /srv/spool/inbox/old", "archive: /srv/spool/inbox/old lies in the inbox /srv/spool/inbox"),
        ("language: fr", "language: should be one of en, zh"),
    ])
    func resultsThatWouldBeTakenForSomethingElse_areRefused(key: String, complaint: String) throws {
        let sandbox = try ConfigurationSandbox("spool: {path: /srv/spool}\nlevels:\n  storage:\n    \(key)\n")
        #expect(sandbox.complaints().count == 1)
        #expect(sandbox.complaints().first?.contains(complaint) == true)
        #expect(
            try ConfigurationSandbox("levels: {storage: {path: /srv/in, outbox: /srv/in}}").load().results.outbox
                == "/srv/in")
    }

    @Test(arguments: ["in", "in/", "./in", "a/in"])
    func archive_ofAConnector_isNotItsInbox_howeverItIsWritten(archive: String) throws {
        let text = "connectors: {share: {program: it, inbox: in, archive: \(archive)}}"
        let complaints = try ConfigurationSandbox(text).complaints()
        #expect(complaints.count == (archive == "a/in" ? 0 : 1))
        #expect(complaints.allSatisfy { $0.contains("has the inbox as its archive") })
    }

    @Test(arguments: ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe"])
    func zoneThatNobodyKnows_isRefused(zone: String) throws {
        let sandbox = try ConfigurationSandbox("harness: {timezone: \(zone)}")
        #expect(sandbox.complaints().first?.contains("should be the name of a time zone") == true)
        #expect(try ConfigurationSandbox("harness: {timezone: Europe/Berlin}").load().timeZone == "Europe/Berlin")
    }

    @Test func projectsAndAllow_shareASection() throws {
        let sandbox = try ConfigurationSandbox(
            """
            workspaces:
              app: /srv/app
              allow:
                - /srv
                - ~/src
              v1.2: ~/src/old
            """)
        let configuration = try sandbox.load()
        #expect(
            configuration.workspaceProjects == ["app": "/srv/app", "v1.2": sandbox.home.appending("src/old")])
        #expect(configuration.allowedWorkspaces == ["/srv", sandbox.home.appending("src")])
        #expect(configuration.origin(of: "workspaces.allow") == .file(sandbox.file, line: 3))
    }

    @Test func allow_mayBeASinglePath() throws {
        #expect(try ConfigurationSandbox("workspaces: {allow: /srv}").load().allowedWorkspaces == ["/srv"])
    }

    @Test func symbolicLinks_areFollowed_whenWorkspacesAreCompared() throws {
        let sandbox = try ConfigurationSandbox("workspaces:\n  allow: [~/link]\n  app: ~/real/app\n")
        try sandbox.write("real/app/x", "")
        try FileManager.default.createSymbolicLink(
            atPath: sandbox.home.appending("link").string, withDestinationPath: sandbox.home.appending("real").string)
        #expect(sandbox.complaint() == "")
    }
}
