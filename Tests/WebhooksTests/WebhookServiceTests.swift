import Inotify
import JSON
import LoopbackServer
import Spool
import SystemPackage
import Testing

@testable import Webhooks

/// Webhooks from the tree to a receiver, in this process.
@Suite(.timeLimit(.minutes(3))) struct WebhookServiceTests {
    let world: WebhookWorld

    init() throws { world = try WebhookWorld() }

    @Test(arguments: [WatchSource.inotify, .timer(every: .milliseconds(20))])
    func everyTransition_isTold_inOrder_whoeverMadeIt(source: WatchSource) async throws {
        let receiver = try Receiver()
        let endpoint = try receiver.endpoint { $0.secrets = ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"] }
        try await world.serving([endpoint], source: source) {
            let id = try world.submit("a task")
            try await world.wait { receiver.calls.count == 1 }
            try world.move(id, .new, .running)
            try await world.wait { receiver.calls.count == 2 }
            try world.move(id, .running, .failed)
            try await world.wait { receiver.calls.count == 3 }
            try await world.wait { try world.deliveries(endpoint, .done).count == 3 }
        }
        #expect(receiver.calls.map(\.event) == ["TASK_CREATED", "TASK_STARTED", "TASK_FAILED"])
        #expect(receiver.calls.map(\.number) == [1, 2, 3])
        #expect(Set(receiver.calls.map(\.id)).count == 3)
        for call in receiver.calls {
            let request = call.request
            let time = try #require(request.header("webhook-timestamp").flatMap { Int($0) })
            let expected = WebhookSignature.headers(
                id: call.id, timestamp: time, body: request.body, secrets: endpoint.secrets)
            for (name, value) in expected { #expect(request.header(name) == value) }
            #expect(request.header("content-type") == "application/json")
            #expect(abs(Timestamp.now().seconds - Double(time)) < 100)
        }
        let name = try #require(try world.deliveries(endpoint, .done).first)
        let attempts = try world.spool.attempts(name, of: endpoint.name)
        #expect(attempts.map(\.outcome) == [.delivered] && attempts.map(\.status) == [200])
        #expect(try world.spool.readCursor("test") == 3)
    }

    @Test func endpoint_hearsOnlyWhatItAskedFor_andNothingOfDeletions() async throws {
        let (all, some) = (try Receiver(), try Receiver())
        let endpoints = [try all.endpoint("all"), try some.endpoint("some") { $0.events = [.failed] }]
        try await world.serving(endpoints) {
            let id = try world.submit("a task")
            try await world.wait { all.calls.count == 1 }
            try world.move(id, .new, .failed)
            try await world.wait { all.calls.count == 2 && some.calls.count == 1 }
            try world.spool.remove(id)
            let other = try world.submit("another")
            try await world.wait { all.calls.count == 3 }
            #expect(all.calls.last?.task == other.rawValue)
            #expect(all.calls.last?.number == 4)
        }
        #expect(some.calls.map(\.event) == ["TASK_FAILED"])
    }

    @Test func failedAttempts_areRepeated_underTheSameID_withTheSameBytes() async throws {
        let receiver = try Receiver { connection, count, _ in
            switch count {
            case 1: connection.respond("500 Oops", "try later")
            case 2: connection.reset()
            case 3: connection.write("no HTTP\r\n\r\n"); connection.close()
            case 4: connection.respond("302 Found", headers: ["Location: /elsewhere"])
            default: connection.respond("204 No Content")
            }
        }
        let endpoint = try receiver.endpoint()
        try await world.serving([endpoint]) {
            _ = try world.submit("a task")
            try await world.wait { try world.deliveries(endpoint, .done).count == 1 }
        }
        #expect(receiver.calls.count == 5)
        #expect(Set(receiver.calls.map(\.id)).count == 1)
        #expect(Set(receiver.calls.map(\.request.body)).count == 1)
        let name = try #require(try world.deliveries(endpoint, .done).first)
        let attempts = try world.spool.attempts(name, of: endpoint.name)
        #expect(attempts.map(\.number) == [1, 2, 3, 4, 5])
        #expect(attempts.map(\.status) == [500, nil, nil, 302, 204])
        #expect(attempts.first?.answer == "try later")
        #expect(attempts.dropLast().allSatisfy { $0.error != nil && $0.next != nil })
    }

    @Test func answerAfterTheTimeout_doesNotCount() async throws {
        let gate = Gate()
        let receiver = try Receiver { connection, count, _ in
            if count == 1 { gate.wait() }
            connection.respond()
        }
        let endpoint = try receiver.endpoint { $0.timeout = .milliseconds(50) }
        try await world.serving([endpoint]) {
            _ = try world.submit("a task")
            try await world.wait { try world.deliveries(endpoint, .done).count == 1 }
            gate.open()
        }
        #expect(receiver.calls.count == 2)
    }

    @Test func delivery_thatFailsToOften_isSetAside_andSentAnew_whenItIsPutBack() async throws {
        let receiver = try Receiver { connection, count, _ in connection.respond(count <= 3 ? "400 No" : "200 OK") }
        let endpoint = try receiver.endpoint { $0.maxRetries = 2 }
        let paths = world.spool.paths.endpoint(endpoint.name)
        try await world.serving([endpoint]) {
            _ = try world.submit("a task")
            try await world.wait { try world.deliveries(endpoint, .failed).count == 1 }
            #expect(receiver.calls.count == 3)
            let name = try #require(try world.deliveries(endpoint, .failed).first)
            try world.rename(paths.delivery(name, in: .failed), paths.delivery(name, in: .new))
            try await world.wait { try world.deliveries(endpoint, .done).count == 1 }
            // What was delivered can be sent once more, too.
            try world.rename(paths.delivery(name, in: .done), paths.delivery(name, in: .new))
            try await world.wait { receiver.calls.count == 5 }
            try await world.wait { try world.deliveries(endpoint, .done).count == 1 }
        }
        #expect(Set(receiver.calls.map(\.id)).count == 1)
        let name = try #require(try world.deliveries(endpoint, .done).first)
        #expect(
            try world.spool.attempts(name, of: endpoint.name).map(\.outcome)
                == [.retry, .retry, .failed, .delivered, .delivered])
    }

    @Test func waitingDelivery_isSentAtOnce_whenSomebodyAsks() async throws {
        let receiver = try Receiver { connection, count, _ in connection.respond(count == 1 ? "400 No" : "200 OK") }
        let endpoint = try receiver.endpoint()
        try await world.serving([endpoint], DeliverySettings()) {
            _ = try world.submit("a task")
            try await world.wait {
                try world.deliveries(endpoint, .new).first.map {
                    try !world.spool.attempts($0, of: endpoint.name).isEmpty
                } == true
            }
            let name = try #require(try world.deliveries(endpoint, .new).first)
            try world.spool.retryDelivery(name, of: endpoint.name)
            try await world.wait { try world.deliveries(endpoint, .done).count == 1 }
        }
        #expect(receiver.calls.count == 2)
    }

    @Test func goneEndpoint_isDisabled_untilItsFileIsRemoved() async throws {
        let receiver = try Receiver { connection, count, _ in connection.respond(count == 1 ? "410 Gone" : "200 OK") }
        let endpoint = try receiver.endpoint()
        try await world.serving([endpoint]) {
            _ = try world.submit("a task")
            try await world.wait { try world.spool.disablement(of: endpoint.name) != nil }
            _ = try world.submit("nothing is kept for who wants nothing")
            try await world.wait { try world.spool.readCursor("test") == 2 }
            #expect(try world.deliveries(endpoint, .new).map(\.number) == [1])
            #expect(try world.spool.disablement(of: endpoint.name)?.contains("410") == true)
            try world.rename(
                world.spool.paths.endpoint(endpoint.name).disabled, world.spool.root.appending("was-disabled"))
            try await world.wait { try world.deliveries(endpoint, .done).count == 1 }
        }
        #expect(receiver.calls.map(\.number) == [1, 1])
    }

    @Test func hangingEndpoint_delaysNoOther_andEachTaskKeepsItsOrder() async throws {
        let gate = Gate()
        let hanging = try Receiver { connection, _, _ in
            gate.wait()
            connection.respond()
        }
        let quick = try Receiver()
        let endpoints = [
            try hanging.endpoint("hanging") { $0.timeout = .seconds(600) }, try quick.endpoint("quick"),
        ]
        try await world.serving(endpoints) {
            for number in 0..<20 {
                let id = try world.submit("task \(number)")
                try await world.wait { quick.calls.contains { $0.task == id.rawValue } }
                try world.move(id, .new, .failed)
            }
            try await world.wait { quick.calls.count == 40 }
            #expect(hanging.calls.count <= EndpointCircuit.concurrency)
            gate.open()
            try await world.wait { hanging.calls.count >= 40 }
        }
        for receiver in [hanging, quick] {
            for (task, calls) in Dictionary(grouping: receiver.calls, by: \.task) {
                #expect(calls.map(\.event) == ["TASK_CREATED", "TASK_FAILED"], "\(task)")
            }
        }
    }

    @Test func task_canNameItsOwnEndpoint() async throws {
        let (own, common) = (try Receiver(), try Receiver())
        let endpoint = try common.endpoint("common") { $0.events = [.created] }
        let refused = try #require(EndpointName.derived(from: "http://169.254.169.254/latest", prefix: "task-"))
        /// It may have been tried as often as it is to be, by now.
        func refusal() throws -> DeliveryAttempt? {
            let names = try [DeliveryState.new, .failed].flatMap {
                try world.spool.firstDeliveries(of: refused, in: $0, limit: 9).names
            }
            return try names.first.flatMap { try world.spool.attempts($0, of: refused).first }
        }
        try await world.serving([endpoint]) {
            let id = try world.submit(
                "a task",
                notify: [
                    TaskNotification(url: own.url, events: [.failed]), TaskNotification(url: common.url),
                    TaskNotification(url: "http://169.254.169.254/latest"),
                ])
            try await world.wait { common.calls.count == 1 }
            try world.move(id, .new, .failed)
            try await world.wait { common.calls.count == 2 && own.calls.count == 1 }
            _ = try world.submit("another")
            try await world.wait { try common.calls.count == 3 && refusal() != nil }
        }
        #expect(own.calls.map(\.event) == ["TASK_FAILED"])
        #expect(own.calls.first?.request.header("x-openloom-signature-256") == nil)
        #expect(common.calls.map(\.event) == ["TASK_CREATED", "TASK_FAILED", "TASK_CREATED"])
        let error = try #require(try refusal()?.error)
        #expect(error.contains("link-local"))
    }

    @Test func nextDaemon_goesOn_andSendsNothingTwice() async throws {
        let receiver = try Receiver()
        let endpoint = try receiver.endpoint()
        let old = try world.submit("before there were webhooks")
        try await world.serving([]) { try await world.wait { try world.spool.readCursor("test") == 1 } }
        try await world.serving([endpoint]) {
            _ = try world.submit("first")
            try await world.wait { receiver.calls.count == 1 }
        }
        try world.move(old, .new, .failed)
        try await world.serving([endpoint]) { try await world.wait { receiver.calls.count == 2 } }
        // As after a crash before the cursor was written.
        try world.spool.writeCursor(1, node: "test")
        try await world.serving([endpoint]) {
            _ = try world.submit("last")
            try await world.wait { receiver.calls.count == 3 }
        }
        #expect(receiver.calls.map(\.number) == [2, 3, 4])
        #expect(try world.deliveries(endpoint, .done).map(\.number) == [2, 3, 4])
    }

    @Test func queueOfAnEarlierDaemon_isDelivered_inOrder() async throws {
        let receiver = try Receiver()
        let endpoint = try receiver.endpoint()
        try world.spool.makeEndpoint(endpoint.name, about: endpoint.about)
        let tasks = (0..<7).compactMap { TaskID("task\($0)") }
        // More than fit into memory at once.
        for number in 1...1000 {
            let event = TaskEvent(number: number, kind: .updated, id: tasks[number % 7], name: "x", status: "running")
            let name = DeliveryName(event)
            let body: JSONValue = ["task_id": .string(event.id.rawValue), "store_version": .int(number)]
            try write(
                OutboxDelivery(name: name, id: "msg_\(number)", created: .now(), body: .json(body)).json.compact,
                to: world.spool.paths.endpoint(endpoint.name).delivery(name, in: .new))
        }
        try world.spool.writeCursor(1000, node: "test")
        let journal = world.spool.paths.journal.appending("test")
        try makeDirectory(journal)
        let last = TaskEvent(number: 1000, kind: .deleted, id: tasks[0], name: "x", status: "deleted")
        try write(last.json.compact + "\n", to: journal.appending("\(last.time.day).jsonl"))
        var settings = DeliverySettings.quick
        settings.windowCapacity = 128
        try await world.serving([endpoint], settings) { try await world.wait { receiver.calls.count == 1000 } }
        #expect(receiver.calls.map(\.number).sorted() == Array(1...1000))
        for calls in Dictionary(grouping: receiver.calls, by: \.task).values {
            #expect(calls.map(\.number) == calls.map(\.number).sorted())
        }
        #expect(try world.deliveries(endpoint, .new).isEmpty)
    }

    @Test func stop_isNotHeldUp_byAnEndpointThatHangs() async throws {
        let gate = Gate()
        let receiver = try Receiver { connection, _, _ in
            gate.wait()
            connection.respond()
        }
        let endpoint = try receiver.endpoint { $0.timeout = .seconds(100) }
        var settings = DeliverySettings.quick
        settings.drain = .milliseconds(50)
        try await world.serving([endpoint], settings) {
            _ = try world.submit("a task")
            try await world.wait { receiver.calls.count == 1 }
        }
        #expect(try world.deliveries(endpoint, .new).count == 1)
        gate.open()
        try await world.serving([endpoint]) { try await world.wait { receiver.calls.count == 2 } }
        #expect(Set(receiver.calls.map(\.id)).count == 1)
    }

    @Test func damagedDelivery_isSetAside_andHoldsUpNothing() async throws {
        let receiver = try Receiver()
        let endpoint = try receiver.endpoint()
        try await world.serving([endpoint]) {
            let id = try world.submit("a task")
            try await world.wait { try world.deliveries(endpoint, .done).count == 1 }
            let paths = world.spool.paths.endpoint(endpoint.name)
            let name = try #require(try world.deliveries(endpoint, .done).first)
            try write("{", to: paths.delivery(name, in: .done))
            try world.rename(paths.delivery(name, in: .done), paths.delivery(name, in: .new))
            try await world.wait { try world.deliveries(endpoint, .failed).count == 1 }
            try world.move(id, .new, .failed)
            try await world.wait { receiver.calls.count == 2 }
        }
    }
}
