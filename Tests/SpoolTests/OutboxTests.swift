import Glibc
import JSON
import Spool
import SystemPackage
import Testing

@Suite struct OutboxTests {
    let temporary: TemporarySpool
    let endpoint: EndpointName

    init() throws {
        temporary = try TemporarySpool()
        endpoint = try #require(EndpointName("hooks.example-1"))
        try spool.makeEndpoint(endpoint, about: ["url": "https://hooks.example/…"])
    }

    private var spool: SpoolDirectory { temporary.spool }
    private var paths: EndpointPaths { temporary.paths.endpoint(endpoint) }

    private func delivery(_ number: Int, _ task: String = "task-1") throws -> OutboxDelivery {
        let event = TaskEvent(
            number: number, kind: .completed, id: try #require(TaskID(task)), name: "a task", status: "completed")
        return OutboxDelivery(
            name: DeliveryName(event), id: "msg_\(number)", created: .now(), headers: [("Title", "x")],
            body: .json(["event": "TASK_COMPLETED", "number": .int(number)]))
    }

    @Test func name_saysWhatTheOrderNeeds_andIsReadBack() throws {
        let name = try delivery(42, "20261123T093000250-k3f9x-a-b").name
        #expect(name.rawValue == "0000000042-TASK_COMPLETED-20261123T093000250-k3f9x-a-b.json")
        #expect(DeliveryName(name.rawValue) == name)
        let long = try delivery(12_345_678_901).name
        #expect(DeliveryName(long.rawValue) == long)
    }

    @Test(arguments: [
        "42-TASK_COMPLETED-x.json", "0000000042-TASK_COMPLETED-x", "0000000042-TASK_DONE-x.json",
        "0000000042-TASK_COMPLETED-.json", "0000000042-TASK_COMPLETED-../x.json", "0000000000-TASK_COMPLETED-x.json",
        "-000000042-TASK_COMPLETED-x.json", "00000000042-TASK_COMPLETED-x.json", ".json", "",
    ])
    func otherNames_areNoDeliveries(name: String) {
        #expect(DeliveryName(name) == nil)
    }

    @Test(arguments: ["", ".hidden", "a/b", "..", String(repeating: "x", count: 65)])
    func otherNames_areNoEndpoints(name: String) {
        #expect(EndpointName(name) == nil)
    }

    @Test(arguments: DeliveryState.allCases)
    func delivery_isMadeOnce_whereverItLies(state: DeliveryState) throws {
        let delivery = try delivery(1)
        #expect(try spool.createDelivery(delivery, for: endpoint))
        if state != .new { try spool.moveDelivery(delivery.name, of: endpoint, from: .new, to: state) }
        var again = delivery
        again.body = .text("something else")
        #expect(try !spool.createDelivery(again, for: endpoint))
        #expect(try spool.readDelivery(delivery.name, of: endpoint, in: state) == delivery)
        let count = try DeliveryState.allCases.map { try spool.countDeliveries(of: endpoint, in: $0) }.reduce(0, +)
        #expect(count == 1)
        #expect(try names(in: paths.attempts).isEmpty)
    }

    @Test func scan_givesTheLowestNumbers_inOrder_andSaysWhetherTheseAreAll() throws {
        for number in (1...50).shuffled() { _ = try spool.createDelivery(try delivery(number), for: endpoint) }
        try write("", to: paths.deliveries(.new).appending("notes.txt"))
        try write("", to: paths.deliveries(.new).appending("0000000007-nonsense.json"))
        func scan(_ limit: Int, last: Int = .max) throws -> (numbers: [Int], isAll: Bool) {
            let scan = try spool.firstDeliveries(of: endpoint, in: .new, limit: limit, last: last)
            return (scan.names.map(\.number), scan.isAll)
        }
        for limit in [1, 7, 49] {
            let found = try scan(limit)
            #expect(found.numbers == Array(1...limit))
            #expect(!found.isAll)
        }
        #expect(try scan(50) == (Array(1...50), true))
        #expect(try scan(1000) == (Array(1...50), true))
        #expect(try scan(1000, last: 20) == (Array(1...20), true))
        #expect(try spool.countDeliveries(of: endpoint, in: .new) == 51)
    }

    @Test func attempts_stayBesideTheDelivery_whereverItIsMoved() throws {
        let name = try delivery(1).name
        #expect(try spool.attempts(name, of: endpoint).isEmpty)
        let first = DeliveryAttempt(
            number: 1, time: .now(), outcome: .retry, status: 503, error: "the endpoint answered 503",
            milliseconds: 12, answer: "busy\n", next: .now())
        let second = DeliveryAttempt(number: 2, time: .now(), outcome: .delivered, status: 200, milliseconds: 3)
        try spool.append(first, to: name, of: endpoint)
        try spool.append(second, to: name, of: endpoint)
        #expect(try spool.attempts(name, of: endpoint) == [first, second])
    }

    @Test func retention_removesTheOldestFirst_withTheirAttempts_butNothingBeyondTheCursor() throws {
        for number in 1...10 {
            let delivery = try delivery(number)
            _ = try spool.createDelivery(delivery, for: endpoint)
            try spool.append(
                DeliveryAttempt(number: 1, time: .now(), outcome: .delivered, milliseconds: 1), to: delivery.name,
                of: endpoint)
            try spool.moveDelivery(delivery.name, of: endpoint, from: .new, to: .done)
        }
        func left() throws -> [Int] {
            try spool.firstDeliveries(of: endpoint, in: .done, limit: 100).names.map(\.number)
        }
        let young = SpoolDirectory.DeliveryRetention(age: 3600, count: 7)
        let expiry = try spool.trimDeliveries(of: endpoint, in: .done, young, last: 10)
        #expect(try left() == Array(4...10))
        #expect(try names(in: paths.attempts).count == 7)
        #expect((expiry?.seconds ?? 0) - Timestamp.now().seconds > 3000)

        let later = Timestamp.now().adding(seconds: 7200)
        #expect(try spool.trimDeliveries(of: endpoint, in: .done, young, last: 8, now: later) == nil)
        #expect(try left() == [9, 10])
        let piece = try spool.trimDeliveries(of: endpoint, in: .done, young, last: 10, now: later, most: 1)
        #expect(piece == later)
        #expect(try left() == [10])
    }

    @Test func cursor_isKept_andANonsensicalOneIsSaidToBe() throws {
        #expect(try spool.readCursor("test") == nil)
        try spool.writeCursor(17, node: "test")
        #expect(try spool.readCursor("test") == 17)
        try write("seventeen\n", to: temporary.paths.cursor("test"))
        let error = #expect(throws: SpoolError.self) { try spool.readCursor("test") }
        #expect(error?.code == .damaged)
    }

    @Test func endpoints_areDirectories_andDisabledOnesSayWhy() throws {
        try spool.writeCursor(1, node: "test")
        try makeDirectory(temporary.paths.outbox.appending(".hidden"))
        #expect(try spool.endpoints() == [endpoint])
        #expect(try spool.disablement(of: endpoint) == nil)
        try spool.disable(endpoint, because: "410 Gone")
        #expect(try spool.disablement(of: endpoint) == "410 Gone")
        try write("", to: paths.disabled)
        #expect(try spool.disablement(of: endpoint)?.contains("disabled") == true)
    }

    @Test func damagedDelivery_isAnError_andAMissingOneIsNone() throws {
        let name = try delivery(1).name
        #expect(try spool.readDelivery(name, of: endpoint) == nil)
        try write("{\"webhook_id\": 7}", to: paths.delivery(name, in: .new))
        let error = #expect(throws: SpoolError.self) { try spool.readDelivery(name, of: endpoint) }
        #expect(error?.code == .damaged)
    }

    @Test func leftovers_ofDeliveriesThatWereBeingWritten_areRemoved() throws {
        try write("{", to: paths.attempts.appending(".0000000001-TASK_CREATED-x.json.1.1"))
        try spool.removeUnfinishedDeliveries(of: endpoint)
        #expect(try names(in: paths.attempts).isEmpty)
    }
}
