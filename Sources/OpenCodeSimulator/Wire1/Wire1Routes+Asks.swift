import JSON

extension Wire1Routes {
    static func askAnswer(_ call: SimulatorRequest, _ server: SimulatedServer) async -> Answer? {
        switch (call.method, call.segments.count, call.segments.last) {
        case ("GET", 1, "permission"):
            return .json(.array(await server.instance(call.directory).permissions.map(\.json)))
        case ("GET", 1, "question"):
            return .json(.array(await server.instance(call.directory).questions.map(\.json)))
        case ("POST", 3, "reply") where call.segments[0] == "permission":
            return await reply(call.segments[1], call.body?["reply"], call, server)
        case ("POST", 3, "reply"): return await answer(call.segments[1], call, server)
        case ("POST", 3, "reject") where call.segments[0] == "question":
            await server.answer(question: call.segments[1], nil, in: call.directory)
            return .yes
        default: return nil
        }
    }

    static func reply(
        _ id: String, _ word: JSONValue?, _ call: SimulatorRequest, _ server: SimulatedServer
    ) async -> Answer {
        guard let reply = word?.string.flatMap({ PermissionReply(rawValue: $0) }) else {
            return .badRequest("the answer must be once, always or reject")
        }
        await server.reply(permission: id, reply, message: call.body?["message"]?.string, in: call.directory)
        return .yes
    }

    private static func answer(_ id: String, _ call: SimulatorRequest, _ server: SimulatedServer) async -> Answer {
        guard let list = call.body?["answers"]?.array else { return .badRequest("answers must be a list of lists") }
        var answers: [[String]] = []
        for entry in list {
            guard let labels = entry.array?.compactMap(\.string), labels.count == entry.array?.count else {
                return .badRequest("answers must be a list of lists of labels")
            }
            answers.append(labels)
        }
        await server.answer(question: id, answers, in: call.directory)
        return .yes
    }
}
