package import JSON

/// Everything that the simulated server does wrong on request. The default does nothing wrong.
///
/// Can be set before the start, and at run time by `POST /simulator/faults` with an object of the names below; the
/// names that are given are changed, `null` sets one back. What each does is in ``documentation``.
package struct SimulatorFaults: Sendable, Hashable {
    /// One rule for requests that fail; see `fail`.
    package struct Failure: Sendable, Hashable {
        package enum Action: Sendable, Hashable {
            case status(Int)
            /// No answer, until the caller goes away.
            case hang
            /// The connection is closed without an answer.
            case reset
        }

        /// Any method if nil.
        package var method: String?
        /// `*` for any characters, `?` for one.
        package var path: String
        package var action: Action
        /// How many requests; without end if nil.
        package var count: Int?
        /// For how many seconds from the moment the rule was given; without end if nil.
        package var seconds: Double?

        package init(
            method: String? = nil, path: String, action: Action, count: Int? = nil, seconds: Double? = nil
        ) {
            self.method = method
            self.path = path
            self.action = action
            self.count = count
            self.seconds = seconds
        }
    }

    /// What `/global/health` answers.
    package enum Health: String, Sendable, Hashable, CaseIterable {
        case normal
        case html
        case opencode2
        case noVersion = "no-version"
        case unhealthy
    }

    package var refuseStreams = 0
    package var cutStreamAfterEvents: Int?
    package var cutStreamAfterSeconds: Double?
    package var cutStreamMidTurn = false
    package var muteStreams = false
    package var failCreateSession = 0
    package var failMessages = 0
    package var fail: [Failure] = []
    package var delaySeconds = 0.0
    package var persistDelaySeconds = 0.0
    package var losePrompts = 0
    package var wrongDirectory: String?
    package var health = Health.normal
    package var previewHealth: Bool?
    package var unauthorized = false
    package var busyAfterFinish = false
    package var statusType: String?
    package var pageSize: Int?
    package var frameBytes: Int?
    package var abortSeconds = 0.0
    package var abortIgnored = false
    package var answeringModel: String?
    package var rejectEndsTurn = false
    package var secondError = false
    package var errorWithoutSession = false
    package var loopLimit = 20

    package init() {}
}

extension SimulatorFaults {
    /// Name and meaning of every fault, as `openloom simulate --help` shows them.
    package static let documentation: [(name: String, meaning: String)] = [
        ("refuseStreams", "number of event stream requests that are answered 503; -1: all"),
        ("cutStreamAfterEvents", "every event stream is cut off after so many events"),
        ("cutStreamAfterSeconds", "every event stream is cut off after so many seconds"),
        ("cutStreamMidTurn", "true: every event stream is cut off when a step of a turn begins"),
        ("muteStreams", "true: event streams carry nothing but heartbeats"),
        ("failCreateSession", "number of POST /session that are answered 500"),
        ("failMessages", "number of message listings that are answered 500; -1: all"),
        (
            "fail",
            "list of {path, status | hang | reset, method?, count?, seconds?}: requests whose path matches (* and ? are"
                + " wildcards) get this status, no answer (\"hang\": true) or a closed connection (\"reset\": true; for"
                + " the path * that is a server that is down)"
        ),
        ("delaySeconds", "every answer comes so much later"),
        ("persistDelaySeconds", "a prompt's message appears so long after its 204"),
        ("losePrompts", "number of prompts that are answered 204 and forgotten; -1: all"),
        ("wrongDirectory", "the directory that sessions are said to have"),
        ("health", "what /global/health is: normal, html, opencode2, no-version, unhealthy"),
        ("previewHealth", "whether /api/health answers without a version, as 1.16 and later do"),
        ("unauthorized", "true: everything is answered 401"),
        ("busyAfterFinish", "true: sessions stay busy after their turn has ended"),
        ("statusType", "the type that the status of a working session has, instead of busy"),
        ("pageSize", "the most messages that one page of a listing has"),
        ("frameBytes", "each turn sends one event frame of this size"),
        ("abortSeconds", "how long an abort takes to answer"),
        ("abortIgnored", "true: an abort answers true, and the turn goes on"),
        ("answeringModel", "provider/model that answers, whatever was asked for"),
        ("rejectEndsTurn", "true: a permission rejected without a message ends the turn between two steps"),
        ("secondError", "true: each session.error is followed by a second, generic one"),
        ("errorWithoutSession", "true: session.error events name no session"),
        ("loopLimit", "before 1.18.15: the most answers that a message id ahead of the server's clock causes"),
    ]

    /// Changes what an object names.
    ///
    /// - Throws: ``SimulatorError`` for an unknown name or a wrong value; nothing is changed then.
    package mutating func apply(_ json: JSONValue) throws(SimulatorError) {
        guard let object = json.object else { throw SimulatorError("the faults must be a JSON object") }
        var changed = self
        for (name, value) in object { try changed.set(name, value) }
        self = changed
    }

    private mutating func set(_ name: String, _ value: JSONValue) throws(SimulatorError) {
        let normal = SimulatorFaults()
        let isNull = value == .null
        func wrong(_ expected: String) -> SimulatorError { SimulatorError("\(name) must be \(expected)") }
        func count() throws(SimulatorError) -> Int {
            guard let number = value.int, number >= -1 else { throw wrong("a whole number, -1 for no end") }
            return number
        }
        func positive() throws(SimulatorError) -> Int {
            guard let number = value.int, (1...AgentScript.maximumFrame).contains(number) else {
                throw wrong("a whole number from 1 to \(AgentScript.maximumFrame)")
            }
            return number
        }
        func seconds() throws(SimulatorError) -> Double {
            guard let number = value.double, number >= 0, number <= AgentScript.maximumSeconds else {
                throw wrong("a number of seconds, at most \(Int(AgentScript.maximumSeconds))")
            }
            return number
        }
        func flag() throws(SimulatorError) -> Bool {
            guard let flag = value.bool else { throw wrong("true or false") }
            return flag
        }
        func text() throws(SimulatorError) -> String {
            guard let text = value.string else { throw wrong("a string") }
            return text
        }
        switch name {
        case "refuseStreams": refuseStreams = isNull ? normal.refuseStreams : try count()
        case "cutStreamAfterEvents": cutStreamAfterEvents = isNull ? nil : try positive()
        case "cutStreamAfterSeconds": cutStreamAfterSeconds = isNull ? nil : try seconds()
        case "cutStreamMidTurn": cutStreamMidTurn = isNull ? normal.cutStreamMidTurn : try flag()
        case "muteStreams": muteStreams = isNull ? normal.muteStreams : try flag()
        case "failCreateSession": failCreateSession = isNull ? normal.failCreateSession : try count()
        case "failMessages": failMessages = isNull ? normal.failMessages : try count()
        case "fail":
            guard isNull || value.array != nil else { throw wrong("a list") }
            var rules: [Failure] = []
            for entry in value.array ?? [] { rules.append(try Failure(entry)) }
            fail = rules
        case "delaySeconds": delaySeconds = isNull ? normal.delaySeconds : try seconds()
        case "persistDelaySeconds": persistDelaySeconds = isNull ? normal.persistDelaySeconds : try seconds()
        case "losePrompts": losePrompts = isNull ? normal.losePrompts : try count()
        case "wrongDirectory": wrongDirectory = isNull ? nil : try text()
        case "health":
            guard let health = isNull ? Health.normal : Health(rawValue: try text()) else {
                throw wrong("one of \(Health.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            self.health = health
        case "previewHealth": previewHealth = isNull ? nil : try flag()
        case "unauthorized": unauthorized = isNull ? normal.unauthorized : try flag()
        case "busyAfterFinish": busyAfterFinish = isNull ? normal.busyAfterFinish : try flag()
        case "statusType": statusType = isNull ? nil : try text()
        case "pageSize": pageSize = isNull ? nil : try positive()
        case "frameBytes": frameBytes = isNull ? nil : try positive()
        case "abortSeconds": abortSeconds = isNull ? normal.abortSeconds : try seconds()
        case "abortIgnored": abortIgnored = isNull ? normal.abortIgnored : try flag()
        case "answeringModel":
            if !isNull, ModelReference(try text()) == nil { throw wrong("provider/model") }
            answeringModel = isNull ? nil : try text()
        case "rejectEndsTurn": rejectEndsTurn = isNull ? normal.rejectEndsTurn : try flag()
        case "secondError": secondError = isNull ? normal.secondError : try flag()
        case "errorWithoutSession": errorWithoutSession = isNull ? normal.errorWithoutSession : try flag()
        case "loopLimit": loopLimit = isNull ? normal.loopLimit : try positive()
        default:
            let names = Self.documentation.map(\.name).joined(separator: ", ")
            throw SimulatorError("no fault is called \(name.prefix(80)); there are \(names)")
        }
    }

    /// All faults, as `GET /simulator/state` shows them.
    package var json: JSONValue {
        [
            "refuseStreams": .int(refuseStreams),
            "cutStreamAfterEvents": JSONValue(cutStreamAfterEvents),
            "cutStreamAfterSeconds": cutStreamAfterSeconds.map { .double($0) } ?? .null,
            "cutStreamMidTurn": .bool(cutStreamMidTurn),
            "muteStreams": .bool(muteStreams),
            "failCreateSession": .int(failCreateSession),
            "failMessages": .int(failMessages),
            "fail": .array(fail.map(\.json)),
            "delaySeconds": .double(delaySeconds),
            "persistDelaySeconds": .double(persistDelaySeconds),
            "losePrompts": .int(losePrompts),
            "wrongDirectory": JSONValue(wrongDirectory),
            "health": .string(health.rawValue),
            "previewHealth": previewHealth.map { .bool($0) } ?? .null,
            "unauthorized": .bool(unauthorized),
            "busyAfterFinish": .bool(busyAfterFinish),
            "statusType": JSONValue(statusType),
            "pageSize": JSONValue(pageSize),
            "frameBytes": JSONValue(frameBytes),
            "abortSeconds": .double(abortSeconds),
            "abortIgnored": .bool(abortIgnored),
            "answeringModel": JSONValue(answeringModel),
            "rejectEndsTurn": .bool(rejectEndsTurn),
            "secondError": .bool(secondError),
            "errorWithoutSession": .bool(errorWithoutSession),
            "loopLimit": .int(loopLimit),
        ]
    }

    /// Takes one from a number of times; -1 never ends.
    static func take(_ count: inout Int) -> Bool {
        if count == 0 { return false }
        if count > 0 { count -= 1 }
        return true
    }
}

extension SimulatorFaults.Failure {
    fileprivate init(_ json: JSONValue) throws(SimulatorError) {
        guard let path = json["path"]?.string else { throw SimulatorError("each entry of fail needs a path") }
        let known: Set = ["path", "method", "status", "hang", "reset", "count", "seconds"]
        if let name = json.object?.keys.first(where: { !known.contains($0) }) {
            throw SimulatorError("an entry of fail has no \(name.prefix(80))")
        }
        let action: Action
        if json["hang"]?.bool == true {
            action = .hang
        } else if json["reset"]?.bool == true {
            action = .reset
        } else if let status = json["status"]?.int, (200...599).contains(status) {
            action = .status(status)
        } else {
            throw SimulatorError("each entry of fail needs a status from 200 to 599, or hang or reset as true")
        }
        if let count = json["count"], count.int == nil {
            throw SimulatorError("the count of an entry of fail must be a whole number")
        }
        if let seconds = json["seconds"], seconds.double == nil {
            throw SimulatorError("the seconds of an entry of fail must be a number")
        }
        self.init(
            method: json["method"]?.string?.uppercased(), path: path, action: action,
            count: json["count"]?.int, seconds: json["seconds"]?.double)
    }

    fileprivate var json: JSONValue {
        var object: JSONObject = ["path": .string(path)]
        object["method"] = method.map { .string($0) }
        switch action {
        case .status(let status): object["status"] = .int(status)
        case .hang: object["hang"] = true
        case .reset: object["reset"] = true
        }
        object["count"] = count.map { .int($0) }
        object["seconds"] = seconds.map { .double($0) }
        return .object(object)
    }
}
