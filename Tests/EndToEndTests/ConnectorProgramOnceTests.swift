import JSON
import LoopbackServer
import Spool
import SystemPackage
import Testing

/// The programs of `contrib/connectors`.
@Suite(.timeLimit(.minutes(5))) struct ConnectorProgramOnceTests {
    /// The storage is a directory for both, as their own programs see it.
    @Test(arguments: ["rclone", "rsync"])
    func otherProgramsStorage_isTakenFrom_andPutBackTo(program: String) throws {
        let world = try World(connector: "", program: program)
        try world.serve()
        try world.put("A trip.md", "# Trip\n\nsim: write trip.txt x\n")
        try world.put("Bad.yaml", "goal: [\n")
        try world.wait("it is put away") {
            world.remoteNames("old") == ["A trip.md"] && world.remoteNames("in") == ["Bad.yaml"]
        }
        try world.wait("the reason is there") {
            world.remoteNames("out") == ["A trip.result.md", "Bad.rejected.txt"]
        }
        #expect(world.remoteText("out/A trip.result.md").hasPrefix("# Trip\n\n**changed: 1 file changed"))
        _ = try world.shell("rm '\(world.remote)/in/Bad.yaml'")
        try world.wait("the reason is gone") { world.remoteNames("out") == ["A trip.result.md"] }
    }

    @Test func nameThatIsAWildcard_costsNoOtherFile() throws {
        let world = try World(connector: "", program: "rsync")
        try world.put("*.md", "# All\n\nsim: say hi\n")
        try world.put("Über & über.md", "# A\n\nsim: say hi\n")
        try world.put("Bad.md", "")
        try world.serve()
        try world.wait("the others are told of, or put away") {
            world.remoteNames("in") == ["*.md", "Bad.md"] && world.remoteNames("out").contains("Bad.rejected.txt")
        }
        #expect(world.remoteNames("old") == ["Über & über.md"])
        try world.wait("it is done") { world.names(.done).count == 1 }
        let remove = try world.shell("sh ../.openloom/connectors/rsync '\(world.remote)' delete 'in/*.md'; echo $?")
        #expect(remove.output == "1\n" && world.remoteNames("in") == ["*.md", "Bad.md"])
    }

    @Test func entriesThatAreNoLines_hideNoOthers_norMakeAny() throws {
        let odd = """
            import types
            from openloom.levels.storage.base import Connector

            class Odd(Connector):
                def __init__(self, keys):
                    if keys != {"all": ["hunter2"]}:
                        raise FileNotFoundError("no key is " + keys["all"][0])

                def ls(self, path):
                    entry = types.SimpleNamespace
                    return [
                        entry(path="in/\\udcff.md", version="1"),
                        entry(path="in/a.md", size=3, version="1\\nin/evil.md\\t2"),
                        entry(path="in/b.md", version="2"),
                    ]
            """
        let world = try World(configuration: [])
        try Files.makeDirectory(world.spool)
        try world.install("python-bridge")
        try world.install("odd.py", text: odd)
        func ask(_ key: String) throws -> String {
            try world.shell(
                "OPENLOOM_CONNECTOR_CLASS=odd.Odd OPENLOOM_CONNECTOR_KWARGS='{\"keys\": {\"all\": [\"\(key)\"]}}' "
                    + "python3 '\(world.connectors)/python-bridge' ls in 2>&1; echo $?"
            ).output
        }
        #expect(try ask("hunter2") == "in/a.md\t3\t1 in/evil.md 2\nin/b.md\t\t2\n0\n")
        #expect(try ask("swordfish") == "FileNotFoundError: no key is ***\n1\n")
    }

    /// As the examples of OpenLoom 0.17 are written.
    private static let cloud = """
        import os
        import pathlib
        from openloom.levels.storage.base import Connector, FileEntry

        class MyCloud(Connector):
            def __init__(self, root, api_key):
                super().__init__()
                print("a class may say what it likes")
                self._root = pathlib.Path(root)
                if api_key != "hunter2":
                    raise PermissionError("the key is not " + api_key)

            def _at(self, path):
                return self._root / path.lstrip("/")

            def ls(self, path: str) -> list[FileEntry]:
                return [
                    FileEntry(path=f"{path}/{item.name}", name=item.name, size=item.stat().st_size)
                    for item in sorted(self._at(path).iterdir())
                    if item.is_file()
                ]

            def download(self, path: str) -> bytes | None:
                return self._at(path).read_bytes() if self._at(path).is_file() else None

            def upload(self, path: str, content: bytes) -> None:
                self._at(path).parent.mkdir(parents=True, exist_ok=True)
                self._at(path).write_bytes(content)

            def delete(self, path: str) -> None:
                if self._at(path).is_file():
                    os.unlink(self._at(path))
        """

    @Test func classOfTheOldOpenLoom_andItsConfiguration_runUnchanged() throws {
        let world = try World(configuration: ["inbox: {settle_s: 0.01}"])
        try Files.makeDirectory(world.remote.appending("in"))
        try world.install("python-bridge")
        try world.install("my_cloud.py", text: Self.cloud)
        world.configuration.append(
            """
            storage:
              class: my_cloud.MyCloud
              kwargs: {root: "\(world.remote)", api_key: hunter2}
              inbox: /in
              outbox: /out
              archive: /old
            """)
        world.storage.append("workspace: \(try world.workspace())")
        try world.serve()
        try world.put("task-trip.md", "# Trip\n\nsim: write trip.txt x\n")
        try world.wait("it is put away") {
            world.remoteNames("old") == ["task-trip.md"] && world.remoteNames("in") == []
        }
        #expect(world.remoteNames("out") == ["task-trip.result.md"])
        #expect(world.remoteText("out/task-trip.result.md").hasPrefix("# Trip\n\n**changed: 1 file changed"))
        #expect(world.names(.done).count == 1)
        let config = try world.openloom(["config", "--config", world.root.appending("config.yaml").string])
        #expect(config.output.contains("my_cloud.MyCloud") && !config.output.contains("hunter2"))
    }

    @Test func classThatFails_keepsWhatItWasGivenInConfidence() throws {
        let world = try World(configuration: ["inbox: {settle_s: 0.01}"])
        try world.install("python-bridge")
        try world.install("my_cloud.py", text: Self.cloud)
        world.configuration.append(
            "connectors: {cloud: {class: my_cloud.MyCloud, kwargs: {root: /, api_key: swordfish}, inbox: in}}")
        try world.serve()
        try world.wait("the log says so") {
            world.daemon?.errorText.contains("PermissionError: the key is not ***") == true
        }
        #expect(world.daemon?.errorText.contains("swordfish") == false)
    }

    /// The example of the project's description, word for word but for the server's address.
    private static func example(_ url: String) -> String {
        """
        # connectors/mysource.py
        import requests
        from openloom.levels.storage.base import Connector
        class MyConnector(Connector):
            def __init__(self):
                self._session = requests.Session()
                self._session.proxies = {"http": None, "https": None} # bypass system proxy
            def download(self, path: str) -> bytes | None:
                url = f"\(url)/{path}"
                r = self._session.get(url, timeout=30)
                r.raise_for_status()
                return r.content

        """
    }

    @Test func classThatOnlyDownloads_hasItsFilesTaken_wheneverTheyAreNew() throws {
        let world = try World(configuration: ["inbox: {settle_s: 0.01}"])
        let shelf = world.root.appending("shelf.md")
        let server = try TestServer { connection in
            while let request = connection.read() {
                if request.line.contains("/files/today.md"), let text = Files.text(shelf) {
                    connection.respond("200 OK", text)
                } else {
                    connection.respond("404 Not Found", "no")
                }
            }
        }
        try world.install("python-bridge")
        try world.install("mysource.py", text: Self.example(server.url("/files")))
        world.storage += [
            "class: mysource.MyConnector", "files: [today.md, never.md]", "workspace: \(try world.workspace())",
        ]
        try world.serve()
        try Files.write("# One\n\nsim: write one.txt x\n", to: shelf)
        _ = try world.wait(for: 1, in: .done)
        try Files.write("# Two\n\nsim: write two.txt x\n", to: shelf)
        _ = try world.wait(for: 2, in: .done)
        let before = server.connections
        try world.wait("it is looked at again") { server.connections > before + 4 }
        // One that is not there for a while is not new.
        try Files.move(shelf, world.root.appending("away"))
        let missing = server.connections
        try world.wait("it is missed") { server.connections > missing + 4 }
        try Files.move(world.root.appending("away"), shelf)
        let back = server.connections
        try world.wait("it is looked at again and again") { server.connections > back + 6 }
        #expect(world.prompts.count == 2 && world.names(.done).count == 2)
    }
}
