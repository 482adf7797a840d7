import JSON

/// What becomes of a prompt that is sent.
enum Admission: Sendable {
    case new(InboxItem)
    /// The id was there already: what was recorded for it, whatever is sent now.
    case repeated(InboxItem)
    /// The id is that of something else.
    case conflict
}

extension SimulatedServer {
    /// Takes a prompt: it waits in the session's inbox when this returns.
    ///
    /// - Parameter resumes: False leaves it there until something else wakes the session.
    func admit(_ prompt: InboxItem, resumes: Bool) -> Admission {
        var item = prompt
        if let known = inbox.admitted[item.id] {
            guard known.session == item.session else { return .conflict }
            record("prompt repeated", line(of: item))
            return .repeated(known)
        }
        if sessions.message(item.id, in: item.session) != nil { return .conflict }
        prompts += 1
        let lost = SimulatorFaults.take(&faults.losePrompts)
        var line = line(of: item)
        if lost { line["lost"] = true }
        record("prompt", line)
        if lost { return .new(item) }
        let script = script(of: item.text, id: item.id, in: item.session)
        item.isStuck = script.reception == .silent
        item.isDormant = !resumes
        inbox.admit(item)
        keep(item)
        var data: JSONObject = ["inboxID": .string(item.id)]
        data["item"] = [
            "type": "user", "payload": .object(item.payload), "delivery": .string(item.delivery.rawValue),
        ]
        emit("session.inbox.enqueued", data, in: item.session)
        switch script.reception {
        case .normal: if resumes { wake(item.session, allowingDormant: true) }
        case .silent: break
        case .notPersisted: _ = withdraw(item.id, in: item.session)
        case .noTurn: if inbox.take(item.id, of: item.session) != nil { showRow(of: item) }
        }
        return .new(item)
    }

    private func line(of item: InboxItem) -> JSONObject {
        [
            "session": .string(item.session), "directory": .string(sessions[item.session]?.directory ?? ""),
            "messageID": .string(item.id), "text": .string(item.text),
        ]
    }

    /// Keeps an item over restarts, as it is now.
    func keep(_ item: InboxItem) {
        let name = SessionInbox.note(item.id)
        let order = sessions.notes[name]?["order"]?.int ?? inbox.admitted.count
        sessions.keep(note: name, inbox.note(of: item, order: order))
    }

    /// Takes back what still waits; false if it does not.
    func withdraw(_ id: String, in session: String) -> Bool {
        guard let item = inbox.take(id, of: session) else { return false }
        keep(item)
        emit("session.inbox.cancelled", ["inboxID": .string(id)], in: session)
        return true
    }

    /// Changes how a waiting item is delivered, and wakes the session; false if it does not wait.
    func change(_ id: String, in session: String, to delivery: InboxItem.Delivery) -> Bool {
        guard inbox[session].contains(where: { $0.id == id }) else { return false }
        for item in inbox.change(session, { if $0.id == id { ($0.delivery, $0.isDormant) = (delivery, false) } }) {
            keep(item)
        }
        emit(
            "session.inbox.updated", ["inboxID": .string(id), "delivery": .string(delivery.rawValue)], in: session)
        wake(session, allowingDormant: false)
        return true
    }

    /// Begins what waits, unless the session is at work, which then looks by itself.
    func wake(_ session: String, allowingDormant: Bool) {
        if allowingDormant {
            for item in inbox.change(session, { $0.isDormant = false }) { keep(item) }
        }
        let seconds = faults.inboxSeconds
        if seconds == 0 {
            begin(session)
            return
        }
        lastArrival += 1
        let number = lastArrival
        arrivals[number] = Task {
            defer { arrivals.removeValue(forKey: number) }
            try? await Task.sleep(for: .seconds(seconds))
            if !Task.isCancelled { begin(session) }
        }
    }

    /// The row of an item that has left the inbox.
    func showRow(of item: InboxItem) {
        sessions.keep(message: item.row, in: item.session)
        keep(item)
        emit("session.inbox.delivered", ["inboxID": .string(item.id)], in: item.session)
    }
}
