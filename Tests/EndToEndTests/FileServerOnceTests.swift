import Connectors
import Curl
import RemoteStorage
import Spool
import StorageServers
import SystemPackage
import Testing

/// Task files on servers of SFTP and FTP, by the built program.
@Suite(.timeLimit(.minutes(5))) struct FileServerOnceTests {
    @Test func fileOnASSHServer_becomesATask_andComesBackAsAResult() async throws {
        let server = try StorageServer("sftp-server.py", [])
        let (root, home, user) = (
            server.facts["root"] ?? "", server.facts["home"] ?? "", server.facts["user"] ?? ""
        )
        let world = try World(configuration: ["inbox: {settle_s: 0.01}"])
        try world.use(
            storage: "sftp://127.0.0.1:\(server.port)\(home)",
            ", user: \(user), key_file: \(root)/user, known_hosts: \(root)/known")
        try world.serve()
        let storage = SFTPConnector(
            SFTPSettings(
                host: "127.0.0.1", port: server.port, root: home.split(separator: "/").map(String.init),
                credentials: CurlCredentials(user: user, password: ""), keyFile: "\(root)/user",
                knownHosts: "\(root)/known"),
            client: CurlClient(), isCandidate: { _ in false })
        try await world.takeAndPutBack(storage)
    }

    @Test func serverOfSSHThatIsNotKnown_isSaidSoByTheDoctor() throws {
        let server = try StorageServer("sftp-server.py", [])
        let root = server.facts["root"] ?? ""
        let world = try World(configuration: ["inbox: {settle_s: 0.01}"])
        try world.use(storage: "sftp://127.0.0.1:\(server.port)/tmp", ", user: me, key_file: \(root)/user")
        try world.serve()
        let doctor = try world.openloom(["doctor", "--config", world.root.appending("config.yaml").string]).output
        #expect(
            doctor.contains("ssh-keyscan -p \(server.port) 127.0.0.1 >> \(world.root)/.ssh/known_hosts"), "\(doctor)")
    }

    @Test func fileOnAnFTPServer_becomesATask_andComesBackAsAResult() async throws {
        let server = try StorageServer("ftp-server.py", ["hunter2"])
        let authority = server.facts["ca"] ?? ""
        try Files.makeDirectory(FilePath(server.facts["home"] ?? "").appending("team a"))
        let world = try World(configuration: ["inbox: {settle_s: 0.01}"])
        try world.use(
            storage: "ftp://127.0.0.1:\(server.port)/team%20a",
            ", user: me, password_env: FTP_PASSWORD, ca_file: \(authority)")
        try world.serve(["FTP_PASSWORD": "hunter2"])
        let storage = FTPConnector(
            FTPSettings(
                host: "127.0.0.1", port: server.port, root: ["team a"],
                credentials: CurlCredentials(user: "me", password: "hunter2"), caFile: authority),
            client: CurlClient(), isCandidate: { _ in false })
        try await world.takeAndPutBack(storage)
        #expect(!world.story.contains("hunter2") && world.daemon?.errorText.contains("hunter2") == false)
    }
}
