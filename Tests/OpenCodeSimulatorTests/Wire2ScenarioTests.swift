import JSON
import OpenCodeSimulator
import Testing

/// A whole life over the API of wire 2. The client holds each answer, and the reader each event, to the table of shapes.
@Suite(.timeLimit(.minutes(3))) struct Wire2ScenarioTests {
    @Test func everyAnswerAndEvent_isOfItsShape() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let client = simulator.client
            let events = try await simulator.events()
            for path in ["/api/integration", "/api/model", "/api/model/default", "/api/provider", "/api/agent"] {
                let answer = try await client.get(path, simulator.location)
                #expect(answer.json["location"] == ["directory": .string(simulator.workspace.path)])
            }
            let session = try await simulator.newSession([
                "title": "A scenario", "metadata": ["k": 1], "agent": "build",
                "model": ["id": "scripted", "providerID": "simulator", "variant": "low"],
                "permissions": [["action": "edit", "resource": "*", "effect": "allow"]],
            ])
            #expect(try await simulator.prompt(session, Self.script, id: "msg_mine").status == 200)

            let asked = try #require(await events.firstData("permission.asked"))
            let permission = try #require(asked["id"]?.string)
            let open = try await client.get("/api/permission/request", simulator.location)
            #expect(open.json["data"] == [asked])
            #expect(try await client.get("/api/session/\(session)/permission").json["data"] == [asked])
            #expect(try await client.get("/api/session/\(session)/permission/\(permission)").json["data"] == asked)
            #expect(asked["action"] == "shell")
            #expect(asked["resources"] == ["git push"])
            #expect(try await simulator.isActive(session))
            #expect(try await simulator.decide(permission, of: session, "once").status == 204)
            #expect(await events.firstData("permission.replied")?["reply"] == "once")

            let form = try #require(await events.firstData("form.created")?["form"])
            let id = try #require(form["id"]?.string)
            #expect(try await client.get("/api/form", simulator.location).json["data"] == [form])
            #expect(try await client.get("/api/session/\(session)/form").json["data"] == [form])
            #expect(try await client.get("/api/session/\(session)/form/\(id)").json["data"] == form)
            let answer: JSONValue = ["answer": ["answer": "blue"]]
            #expect(try await client.post("/api/session/\(session)/form/\(id)/reply", answer).status == 204)
            #expect(await events.firstData("form.replied")?["answer"] == ["answer": "blue"])

            let second = try #require(await events.firstData("form.created")?["form"]?["id"]?.string)
            let refusal = try await client.call(
                "DELETE", "/api/session/\(session)/form/\(second)", ["message": "not now"])
            #expect(refusal.status == 204)
            #expect(await events.first("form.cancelled") != nil)

            let childAsk = try #require(await events.firstData("permission.asked"))
            let child = try #require(childAsk["sessionID"]?.string)
            #expect(child != session)
            let children = try await client.get("/api/session", ["parentID": session]).json["data"]
            #expect(children?[0]?["id"]?.string == child)
            let childPermission = try #require(childAsk["id"]?.string)
            #expect(try await simulator.decide(childPermission, of: child, "reject", message: "no").status == 204)
            #expect(await events.end(of: child) == "succeeded")
            #expect(await events.end(of: session) == "succeeded")

            let rows = try await simulator.rows(session)
            #expect(rows.map(\.type) == ["user", "assistant", "assistant", "idle"])
            #expect(rows[0]["id"] == "msg_mine")
            #expect(rows[2].rowText.hasSuffix("\n\nTASK COMPLETE"))
            #expect(rows[2]["model"] == ["id": "scripted", "providerID": "simulator", "variant": "low"])
            #expect(rows[3].outcome == "succeeded")
            for row in rows {
                let one = try #require(row["id"]?.string)
                #expect(try await client.get("/api/session/\(session)/message/\(one)").json["data"] == row)
            }
            #expect(try await client.get("/api/session/\(session)/context").json["data"] == .array(rows))
            #expect(simulator.workspace.text("made/a.txt") == "hello\nand more\n")

            let info = try await simulator.info(session)
            #expect(info["outcome"] == "succeeded")
            #expect(info["time"]?["idle"]?.int ?? 0 > 0)
            let tokens = rows.compactMap { $0["tokens"]?["output"]?.int }.reduce(0, +)
            #expect(info["tokens"]?["output"]?.int == tokens)
            #expect(!(try await simulator.isActive(session)))

            for query in [[:], ["from": "msg_mine", "to": "msg_mine", "context": "3"]] {
                let diff = try await client.get("/api/session/\(session)/diff", query).json["data"]
                #expect(diff?[0]?["file"] == "made/a.txt")
                #expect(diff?[0]?["patch"]?.string?.contains("+hello\n+and more\n") == true)
            }
            let working = simulator.location.merging(["mode": "working"]) { $1 }
            #expect(try await client.get("/api/vcs/diff", working).json["data"]?.array?.isEmpty == false)
            #expect(try await client.get("/api/vcs/status", simulator.location).json["data"]?[0]?["patch"] == nil)
            #expect(try await client.get("/api/session/\(session)/diff", ["from": "msg_no"]).status == 404)

            let change: JSONValue = [
                "title": "Renamed", "metadata": ["k": 2],
                "permissions": [["action": "*", "resource": "*", "effect": "deny"]],
            ]
            #expect(try await client.call("PATCH", "/api/session/\(session)", body: change).status == 204)
            let changed = try await simulator.info(session)
            #expect(changed["title"] == "Renamed")
            #expect(changed["metadata"] == ["k": 2])
            #expect(changed["permissions"]?.array?.count == 1)
            let model: JSONValue = ["model": ["id": "m", "providerID": "p"]]
            #expect(try await client.post("/api/session/\(session)/model", model).status == 204)
            #expect(try await client.post("/api/session/\(session)/agent", ["agent": "plan"]).status == 204)
            let variables: JSONValue = ["variables": ["A": "b"]]
            let environment = try await client.call("PUT", "/api/session/\(session)/environment", body: variables)
            #expect(environment.status == 204)
            #expect(try await simulator.rows(session).suffix(2).map(\.type) == ["model-switched", "agent-switched"])
            #expect(try await client.post("/api/session/\(session)/interrupt").json == ["interrupted": false])
            #expect(try await client.call("POST", "/api/location/reload", simulator.location).status == 204)
            #expect(await events.first("config.updated") != nil)
            #expect(try await client.call("DELETE", "/api/session/\(session)").status == 204)
            #expect(try await client.get("/api/session/\(session)").status == 404)
            #expect(try await client.get("/api/session/\(child)").status == 404)
            #expect(await events.first("session.deleted") != nil)
        }
    }

    private static let script = """
        sim: say I begin.
        sim: write made/a.txt hello
        sim: write made/b.txt gone soon
        sim: step
        sim: append made/a.txt and more
        sim: delete made/b.txt
        sim: ask bash git push
        sim: question Colour | red | blue
        sim: question Size | big
        sim: subagent Explore
        sim: ask webfetch
        sim: end
        """

    @Test func events_comeInOrder_andTheirPlacesRiseWithGaps() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: say ok", id: "msg_1")
            // A heartbeat may come at any moment on a machine that is slow.
            let seen = await events.collect { $0.type == "session.execution.succeeded" }.filter {
                $0.type != ": heartbeat"
            }
            #expect(
                seen.map(\.type) == [
                    "session.created", "session.inbox.enqueued", "session.inbox.delivered", "session.execution.started",
                    "session.step.started", "session.text.started", "session.text.delta", "session.text.ended",
                    "session.step.streamed", "session.step.ended", "session.usage.updated",
                    "session.execution.succeeded",
                ])
            let places = seen.compactMap { $0.frame["durable"]?["seq"]?.int }
            #expect(places == places.sorted())
            #expect(Set(places).count == places.count)
            #expect((places.last ?? 0) > places.count)
            #expect(seen.allSatisfy { $0.directory == simulator.workspace.path })
        }
    }

    /// The samples that drivers are written after, member by member; times and generated ids are made equal.
    @Test func samples_areReproduced() async throws {
        var options = SimulatorOptions()
        options.misbehaviour.models = ["p/m"]
        try await Wire2Simulator.with("2.0.27", options) { simulator async throws in
            let client = simulator.client
            let events = try await client.events("/api/event")
            let connected = try #require(await events.first { _ in true })
            #expect(
                Self.plain(connected.frame)
                    == Self.sample(#"{"id":"evt_","created":1,"type":"server.connected","data":{}}"#))
            let body = JSONValue.object([
                "id": "ses_a", "location": ["directory": .string(simulator.workspace.path)],
                "model": ["providerID": "p", "id": "m"],
                "permissions": [["action": "question", "resource": "*", "effect": "deny"]],
            ])
            #expect(try await client.post("/api/session", body).status == 200)
            let text = "sim: tokens 9 3 0.01\nsim: nomarker\nsim: say ok"
            let sent = try await simulator.prompt("ses_a", text, id: "msg_1")
            let accepted = Self.sample(
                #"{"data":{"id":"msg_1","sessionID":"ses_a","type":"user","payload":{"text":"hi"},"delivery":"queue","time":{"created":1}}}"#
            )
            #expect(Self.plain(sent.json, text) == accepted)
            #expect(await events.end(of: "ses_a") == "succeeded")
            let rows = Self.sample(
                #"""
                {"data":[{"id":"msg_1","type":"user","text":"hi","time":{"created":1}},
                {"id":"msg_","type":"assistant","agent":"build","model":{"id":"m","providerID":"p"},
                "content":[{"type":"text","text":"ok"}],"finish":"stop","cost":0.01,
                "tokens":{"input":9,"output":3,"reasoning":0,"cache":{"read":0,"write":0}},
                "time":{"created":1,"completed":1}},
                {"id":"msg_","type":"idle","outcome":"succeeded","time":{"created":1}}],
                "cursor":{"previous":null,"next":null}}
                """#)
            #expect(Self.plain(try await client.get("/api/session/ses_a/message").json, text) == rows)

            _ = try await simulator.prompt("ses_a", "sim: ask! bash\nsim: fail unknown")
            let ask = try #require(await events.firstData("permission.asked")?["id"]?.string)
            #expect(try await client.get("/api/session/active").json == ["data": ["ses_a": ["type": "running"]]])
            #expect(try await simulator.decide(ask, of: "ses_a", "reject", message: "not allowed").status == 204)
            let failed = try #require(await events.first("session.execution.failed"))
            let frame = Self.sample(
                #"""
                {"id":"evt_","created":1,"type":"session.execution.failed","location":{"directory":"/w"},
                "data":{"sessionID":"ses_a","error":{"type":"unknown","message":"x"}},
                "durable":{"aggregateID":"ses_a","seq":1,"version":1}}
                """#)
            #expect(Self.plain(failed.frame) == frame)
        }
    }

    private static func sample(_ text: String) -> JSONValue { (try? JSONValue(parsing: text)) ?? .null }

    /// With everything that differs from run to run made the same.
    private static func plain(_ json: JSONValue, _ script: String = "") -> JSONValue {
        if let list = json.array { return .array(list.map { Self.plain($0, script) }) }
        guard let object = json.object else { return json }
        var plain = JSONObject()
        for (name, value) in object {
            switch name {
            case "created", "completed", "seq": plain[name] = 1
            // Not in the samples, and free to be left out.
            case "streamed": break
            case "id":
                let text = value.string ?? ""
                plain[name] = text.utf8.count > 20 ? .string("\(text.prefix(4))") : value
            case "text" where value.string == script: plain[name] = "hi"
            case "directory": plain[name] = "/w"
            case "message": plain[name] = "x"
            default: plain[name] = Self.plain(value, script)
            }
        }
        return .object(plain)
    }

    // MARK: versions

    @Test(arguments: [
        ("2.0.0", "/api/health"), ("2.0.3", "/api/health"), ("2.0.4", "/api/status"), ("2.0.5", "/api/status"),
        ("2.0.6", "/api/info"), ("2.0.27", "/api/info"), ("dev-abc", "/api/info"), ("0.0.0-beta-123", "/api/health"),
    ])
    func version_isSaidInOnePlace(version: String, place: String) async throws {
        try await Wire2Simulator.with(version) { simulator async throws in
            for path in ["/api/health", "/api/status", "/api/info"] {
                let answer = try await simulator.client.get(path)
                #expect(answer.status == (path == place ? 200 : 404))
                if path == place { #expect(answer.json["version"]?.string == version) }
            }
            #expect(try await simulator.client.get("/simulator/state").json["wire"] == 2)
        }
    }

    @Test(
        arguments: [
            (2, "1.18.31", "speaks wire 1"), (1, "2.0.6", "speaks wire 2"), (nil, "dev-abc", "name wire 2 as well"),
            (3, nil, "no wire 3"), (2, "two words", "can't be"), (2, "2.1.0", "can't be"), (1, "dev-abc", "can't be"),
        ] as [(Int?, String?, String)])
    func wrongPairOfWireAndVersion_isRefused(wire: Int?, version: String?, words: String) throws {
        let error = #expect(throws: SimulatorError.self) {
            try OpenCodeSimulator(options: SimulatorOptions(wire: wire, version: version), logger: silentLogger)
        }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func versionAlone_decidesTheWire() throws {
        #expect(try OpenCodeSimulator(options: SimulatorOptions(version: "2.0.4"), logger: silentLogger).wire == 2)
        #expect(try OpenCodeSimulator(options: SimulatorOptions(version: "1.17.4"), logger: silentLogger).wire == 1)
        #expect(try OpenCodeSimulator(options: SimulatorOptions(wire: 2), logger: silentLogger).wire == 2)
        #expect(try OpenCodeSimulator(options: SimulatorOptions(), logger: silentLogger).wire == 1)
    }

    @Test func description_hasTheMarkersOfItsDialect() async throws {
        func fields(_ version: String) async throws -> (paths: JSONValue?, reply: JSONValue?) {
            try await Wire2Simulator.with(version) { simulator async throws in
                let paths = try await simulator.client.get("/openapi.json").json["paths"]
                let reply = paths?["/api/session/{sessionID}/permission/{requestID}/reply"]?["post"]
                let schema = reply?["requestBody"]?["content"]?["application/json"]?["schema"]
                return (paths, schema?["properties"])
            }
        }
        let current = try await fields("dev-abc")
        #expect(current.reply?["decision"] != nil)
        #expect(current.reply?["reply"] == nil)
        for path in ["/api/info", "/api/form", "/api/event"] { #expect(current.paths?[path]?["get"] != nil) }
        #expect(current.paths?["/api/session/{sessionID}"]?["patch"] != nil)
        let early = try await fields("0.0.0-beta-123")
        #expect(early.reply?["reply"] != nil)
        #expect(early.paths?["/api/session/{sessionID}/rename"]?["post"] != nil)
        #expect(early.paths?["/api/form"] == nil)
    }

    @Test func earlyDialect_hasItsOwnNames_andRefusesTheOthers() async throws {
        try await Wire2Simulator.with("2.0.3") { simulator async throws in
            let client = simulator.client
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            let path = "/api/session/\(session)"
            let sent = try await simulator.prompt(session, "sim: ask bash\nsim: question Colour | red", id: "msg_1")
            #expect(sent.json["data"]?["timeCreated"]?.int ?? 0 > 0)
            let id = try #require(await events.firstData("permission.asked")?["id"]?.string)
            #expect(try await simulator.decide(id, of: session, "once").status == 400)
            #expect(try await client.post("\(path)/permission/\(id)/reply", ["reply": "once"]).status == 204)
            let form = try #require(await events.firstData("form.created")?["form"]?["id"]?.string)
            #expect(try await client.get("/api/form", simulator.location).status == 404)
            #expect(try await client.get("/api/form/request", simulator.location).json["data"]?.array?.count == 1)
            #expect(try await client.call("DELETE", "\(path)/form/\(form)").status == 405)
            #expect(try await client.post("\(path)/form/\(form)/cancel").status == 204)
            #expect(await events.end(of: session) == "succeeded")
            #expect(try await client.call("PATCH", path, body: ["title": "New"]).status == 405)
            #expect(try await client.post("\(path)/rename", ["title": "New"]).status == 204)
            let info = try await simulator.info(session)
            #expect(info["title"] == "New")
            #expect(info["outcome"] == nil)
            _ = try await simulator.prompt(session, "sim: say Later.", id: "msg_2", resume: false)
            #expect(try await client.call("PATCH", "\(path)/inbox/msg_2", body: ["delivery": "steer"]).status == 405)
            #expect(try await client.post("\(path)/inbox/msg_2/steer").status == 204)
            #expect(await events.end(of: session) == "succeeded")
            #expect(try await client.call("POST", "\(path)/interrupt", ["resume": "true"]).status == 400)
            #expect(try await client.call("POST", "\(path)/interrupt", ["continue": "true"]).status == 200)
            #expect(try await client.get("\(path)/diff").status == 404)
        }
    }

    @Test func currentDialect_refusesTheNamesOfTheEarlyOne() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let client = simulator.client
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            let path = "/api/session/\(session)"
            _ = try await simulator.prompt(session, "sim: ask bash")
            let id = try #require(await events.firstData("permission.asked")?["id"]?.string)
            #expect(try await client.post("\(path)/permission/\(id)/reply", ["reply": "once"]).status == 400)
            #expect(try await client.post("\(path)/rename", ["title": "New"]).status == 404)
            #expect(try await client.get("/api/form/request", simulator.location).status == 404)
            #expect(try await client.post("\(path)/form/frm_1/cancel").status == 404)
            #expect(try await client.call("POST", "\(path)/interrupt", ["continue": "true"]).status == 400)
            #expect(try await client.post("\(path)/inbox/msg_1/steer").status == 404)
        }
    }

    @Test func everyOtherPath_isTheWebInterface() async throws {
        try await Wire2Simulator.with { simulator async throws in
            for path in ["/", "/global/health", "/session", "/event", "/doc"] {
                let answer = try await simulator.client.get(path)
                #expect(answer.status == 200)
                #expect(answer.headers["content-type"]?.hasPrefix("text/html") == true)
            }
            #expect(try await simulator.client.post("/session", [:]).status == 405)
            #expect(try await simulator.client.get("/api/nonsense").status == 404)
        }
    }
}
