package import JSON

extension SimulatorFaults {
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
        case "promptTrouble":
            guard isNull || value.array != nil else { throw wrong("a list") }
            var rules: [PromptTrouble] = []
            for entry in value.array ?? [] { rules.append(try PromptTrouble(entry)) }
            promptTrouble = rules
        case "models":
            let names = (value.array ?? []).compactMap(\.string)
            guard isNull || names.count == value.array?.count, names.allSatisfy({ ModelReference($0) != nil }) else {
                throw wrong("a list of provider/model")
            }
            models = names
        case "htmlEverywhere": htmlEverywhere = isNull ? normal.htmlEverywhere : try flag()
        case "streamBuffer": streamBuffer = isNull ? nil : try positive()
        case "streamFailureAfterEvents": streamFailureAfterEvents = isNull ? nil : try positive()
        case "inboxSeconds": inboxSeconds = isNull ? normal.inboxSeconds : try seconds()
        case "freshLocations": freshLocations = isNull ? normal.freshLocations : try flag()
        case "shutdownTurns": shutdownTurns = isNull ? normal.shutdownTurns : try count()
        case "resumeSeconds": resumeSeconds = isNull ? normal.resumeSeconds : try seconds()
        case "strangers": strangers = isNull ? normal.strangers : try flag()
        case "emptyLastPage": emptyLastPage = isNull ? normal.emptyLastPage : try flag()
        case "delaySeconds": delaySeconds = isNull ? normal.delaySeconds : try seconds()
        case "persistDelaySeconds": persistDelaySeconds = isNull ? normal.persistDelaySeconds : try seconds()
        case "losePrompts": losePrompts = isNull ? normal.losePrompts : try count()
        case "limitedTurns": limitedTurns = isNull ? normal.limitedTurns : try count()
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
        case "abortSparesChildren": abortSparesChildren = isNull ? normal.abortSparesChildren : try flag()
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
            "limitedTurns": .int(limitedTurns),
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
            "abortSparesChildren": .bool(abortSparesChildren),
            "answeringModel": JSONValue(answeringModel),
            "rejectEndsTurn": .bool(rejectEndsTurn),
            "secondError": .bool(secondError),
            "errorWithoutSession": .bool(errorWithoutSession),
            "loopLimit": .int(loopLimit),
            "htmlEverywhere": .bool(htmlEverywhere),
            "streamBuffer": JSONValue(streamBuffer),
            "streamFailureAfterEvents": JSONValue(streamFailureAfterEvents),
            "promptTrouble": .array(promptTrouble.map(\.json)),
            "inboxSeconds": .double(inboxSeconds),
            "models": JSONValue(models),
            "freshLocations": .bool(freshLocations),
            "shutdownTurns": .int(shutdownTurns),
            "resumeSeconds": .double(resumeSeconds),
            "strangers": .bool(strangers),
            "emptyLastPage": .bool(emptyLastPage),
        ]
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

extension SimulatorFaults.PromptTrouble {
    fileprivate init(_ json: JSONValue) throws(SimulatorError) {
        let known: Set = ["taken", "status", "hang", "reset", "seconds", "count"]
        guard let object = json.object else { throw SimulatorError("each entry of promptTrouble must be an object") }
        if let name = object.keys.first(where: { !known.contains($0) }) {
            throw SimulatorError("an entry of promptTrouble has no \(name.prefix(80))")
        }
        guard let taken = json["taken"]?.bool else {
            throw SimulatorError("each entry of promptTrouble needs taken, true or false")
        }
        let answer: Answer
        if json["hang"]?.bool == true {
            answer = .hang
        } else if json["reset"]?.bool == true {
            answer = .reset
        } else if let status = json["status"]?.int, (200...599).contains(status) {
            answer = .status(status)
        } else if let seconds = json["seconds"]?.double, (0...AgentScript.maximumSeconds).contains(seconds) {
            answer = .late(seconds: seconds)
        } else {
            throw SimulatorError(
                "each entry of promptTrouble needs a status from 200 to 599, seconds, or hang or reset as true")
        }
        if let count = json["count"], count.int == nil {
            throw SimulatorError("the count of an entry of promptTrouble must be a whole number")
        }
        self.init(answer: answer, taken: taken, count: json["count"]?.int)
    }

    fileprivate var json: JSONValue {
        var object: JSONObject = ["taken": .bool(taken)]
        switch answer {
        case .status(let status): object["status"] = .int(status)
        case .late(let seconds): object["seconds"] = .double(seconds)
        case .hang: object["hang"] = true
        case .reset: object["reset"] = true
        }
        object["count"] = count.map { .int($0) }
        return .object(object)
    }
}
