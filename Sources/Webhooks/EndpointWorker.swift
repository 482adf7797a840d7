import Blocking
import Logging
import Spool

/// Delivers one endpoint's queue, apart from all others: a slow endpoint delays nobody but itself.
///
/// Memory holds the lowest part of the queue (``DeliveryWindow``) and what is under way. What it knows of a delivery
/// comes from its files, read when it is its turn; one that somebody moved or removed meanwhile is none of its business
/// any more.
actor EndpointWorker {
    nonisolated let endpoint: WebhookEndpoint
    private let spool: SpoolDirectory
    private let sender: WebhookSender
    private let settings: DeliverySettings
    private let metrics: WebhookMetrics
    private let logger: Logger
    private let onFinished: @Sendable () -> Void

    private var window: DeliveryWindow
    private var circuit: EndpointCircuit
    /// Whether `new/` has to be looked at.
    private var mustScan = true
    /// The last event whose deliveries are all there. Ones beyond it may lack one before them.
    private var published: Int
    private var disabled: String?
    /// Deliveries that came into `new/` while they were being sent: one that was taken, and put back before we knew that
    /// it had been.
    private var touched: Set<DeliveryName> = []
    private var underWay = 0
    private var timer: Task<Void, Never>?
    private var isDraining = false
    private let pokes: AsyncStream<Void>
    private nonisolated let poke: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - published: The last event whose deliveries are all there.
    ///   - onFinished: Called for every delivery that leaves `new/`.
    init(
        _ endpoint: WebhookEndpoint, spool: SpoolDirectory, sender: WebhookSender, settings: DeliverySettings,
        published: Int, metrics: WebhookMetrics, logger: Logger, onFinished: @escaping @Sendable () -> Void
    ) {
        self.endpoint = endpoint
        self.spool = spool
        self.sender = sender
        self.settings = settings
        self.published = published
        self.metrics = metrics
        self.onFinished = onFinished
        var logger = logger
        logger[metadataKey: "endpoint"] = "\(endpoint.name)"
        self.logger = logger
        window = DeliveryWindow(capacity: settings.windowCapacity)
        circuit = EndpointCircuit(backoff: settings.backoff)
        (pokes, poke) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        poke.yield()
    }

    /// Delivers until cancelled, or until nothing can be delivered at once after ``drain()``. Cancelled, it breaks off
    /// what is under way: that is sent again, under the same id.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await _ in pokes {
                await step(&group)
                if Task.isCancelled || (isDraining && isIdle) { break }
            }
            timer?.cancel()
        }
    }

    /// Ends ``run()`` as soon as nothing is under way and nothing could be.
    func drain() {
        isDraining = true
        poke.yield()
    }

    /// New deliveries are there, and all of them up to the event `number`.
    func publish(_ names: [DeliveryName], upTo number: Int) {
        published = max(published, number)
        for name in names { window.insert(name) }
        if !names.isEmpty { poke.yield() }
    }

    /// Files came into `new/`, or were touched there. Those that are made here come with ``publish(_:upTo:)``; of any
    /// other, and of one that waits for its next attempt, somebody wants that it be sent now.
    func note(_ names: Set<String>) {
        var isByHand = false
        for name in names.compactMap({ DeliveryName($0) }) where name.number <= published {
            guard !window.isTaken(name) else {
                touched.insert(name)
                continue
            }
            let isNew = window.insert(name)
            if window.wake(name) || isNew { isByHand = true }
        }
        guard isByHand else { return }
        circuit.endPause()
        poke.yield()
    }

    /// Anything may have changed in the endpoint's directory.
    func look() {
        mustScan = true
        poke.yield()
    }

    private var isIdle: Bool { underWay == 0 && (disabled != nil || !canStart(at: .now())) }

    private func canStart(at now: Timestamp) -> Bool { window.hasReady && underWay < circuit.limit(at: now) }

    // MARK: one step

    private func step(_ group: inout DiscardingTaskGroup) async {
        if mustScan || window.isLow { await scan() }
        guard disabled == nil else { return }
        let now = Timestamp.now()
        window.wake(at: now)
        while canStart(at: now), let name = window.take() {
            underWay += 1
            group.addTask { await self.deliver(name) }
        }
        setTimer(at: now)
    }

    private func scan() async {
        mustScan = false
        let (spool, name, limit, last) = (spool, endpoint.name, window.capacity, published)
        do {
            let (scan, reason) = try await BlockingPool.run { () throws(SpoolError) in
                (
                    try spool.firstDeliveries(of: name, in: .new, limit: limit, last: last),
                    try spool.disablement(of: name)
                )
            }
            if let reason, disabled == nil {
                logger.warning("disabled: nothing is sent", metadata: ["why": "\(reason)"])
            }
            if disabled != nil, reason == nil {
                logger.notice("enabled again")
                circuit.endPause()
                window.wakeAll()
            }
            disabled = reason
            window.fill(scan)
        } catch {
            logger.error("can't look at the outbox", metadata: ["error": "\(error)"])
        }
    }

    /// Wakes this up when the next delivery is due, or the circuit's pause is over. There is no other clock: an endpoint
    /// with nothing to do sleeps.
    private func setTimer(at now: Timestamp) {
        timer?.cancel()
        timer = nil
        var due = window.nextDue
        if window.hasReady, underWay == 0, let pause = circuit.notBefore { due = min(due ?? pause, pause) }
        if let pause = circuit.notBefore, let next = due { due = max(next, pause) }
        guard let due, underWay < EndpointCircuit.concurrency else { return }
        // Rounded up, so that it is due by then.
        let milliseconds = max(1, due.milliseconds - now.milliseconds + 1)
        timer = Task { [poke] in
            try? await Task.sleep(for: .milliseconds(milliseconds))
            if !Task.isCancelled { poke.yield() }
        }
    }

    // MARK: one delivery

    private enum Turn: Sendable {
        case send(OutboxDelivery, attempt: Int)
        case wait(until: Timestamp)
        case gone
        case damaged(SpoolError)
    }

    private func deliver(_ name: DeliveryName) async {
        defer {
            underWay -= 1
            poke.yield()
        }
        switch await turn(of: name) {
        case .gone: remove(name)
        case .wait(let due): window.postpone(name, until: due)
        case .damaged(let error):
            logger.error("a delivery can't be read", metadata: ["delivery": "\(name)", "error": "\(error)"])
            let attempt = DeliveryAttempt(
                number: 1, time: .now(), outcome: .failed, error: error.description, milliseconds: 0)
            await settle(name, attempt)
        case .send(let delivery, let attempt):
            CrashPoint.deliverySending.reached()
            let (started, clock) = (Timestamp.now(), ContinuousClock.now)
            let result = await sender.send(delivery, to: endpoint, at: started)
            // Broken off by the end of the daemon: nothing is known, and it is sent again.
            if Task.isCancelled { return }
            CrashPoint.deliveryAnswered.reached()
            let duration = ContinuousClock.now - clock
            let now = Timestamp.now()
            let decision = DeliveryDecision(
                result, attempt: attempt, maxRetries: endpoint.maxRetries, backoff: settings.backoff,
                chance: .random(in: 0...1), now: now)
            metrics.count(endpoint, decision.outcome, duration)
            note(decision, at: now)
            let record = DeliveryAttempt(
                number: attempt, time: started, outcome: decision.outcome, status: decision.status,
                error: decision.error, milliseconds: duration.wholeMilliseconds, answer: decision.answer,
                next: decision.delay.map { now.adding(seconds: $0) })
            if decision.isGone { await disable() }
            await settle(name, record)
        }
    }

    /// What the delivery's files say is to be done with it.
    private func turn(of name: DeliveryName) async -> Turn {
        let (spool, endpoint, recovered) = (spool, endpoint.name, circuit.recovered)
        do {
            return try await BlockingPool.run { () throws(SpoolError) in
                guard let delivery = try spool.readDelivery(name, of: endpoint) else { return .gone }
                // A line that ends an earlier delivery of it belongs to the past: it was put back.
                guard let last = try spool.attempts(name, of: endpoint).last, !last.outcome.isFinal else {
                    return .send(delivery, attempt: 1)
                }
                let now = Timestamp.now()
                // A clock that was set back must not make it wait longer; what failed before the endpoint came back
                // need not wait.
                let isOver = last.time > now || recovered.map { last.time < $0 } == true
                if let next = last.next, next > now, !isOver { return .wait(until: next) }
                return .send(delivery, attempt: last.number + 1)
            }
        } catch {
            return .damaged(error)
        }
    }

    private func note(_ decision: DeliveryDecision, at now: Timestamp) {
        switch decision.health {
        case .up:
            if circuit.noteAnswer(at: now) { window.wakeAll() }
        case .down(let retryAfter):
            let wasOpen = circuit.isOpen
            circuit.noteFailure(at: now, retryAfter: retryAfter, chance: .random(in: 0...1))
            if circuit.isOpen, !wasOpen {
                logger.warning("it seems to be down; tried less often", metadata: ["error": "\(decision.error ?? "")"])
            }
        }
    }

    private func disable() async {
        let (spool, name) = (spool, endpoint.name)
        do {
            try await BlockingPool.run { () throws(SpoolError) in
                try spool.disable(
                    name, because: "410 Gone, answered at \(Timestamp.now().iso8601); remove this file to send again")
            }
        } catch {
            logger.error("can't disable it", metadata: ["error": "\(error)"])
        }
        disabled = "410 Gone"
        logger.warning("disabled, as it answered 410 Gone")
    }

    /// Records an attempt and moves the delivery where it belongs.
    ///
    /// Delivered: it is so at the instant of the rename, which comes before the attempt's line; a crash before it sends
    /// the delivery once more, a crash after it loses the line. Given up: the line comes first, so that a delivery that
    /// is put back later begins anew; a crash between them leaves it in `new/` as if it had been put back.
    private func settle(_ name: DeliveryName, _ attempt: DeliveryAttempt) async {
        let (spool, endpoint) = (spool, endpoint.name)
        do {
            try await BlockingPool.run { () throws(SpoolError) in
                switch attempt.outcome {
                case .delivered:
                    try spool.moveDelivery(name, of: endpoint, from: .new, to: .done)
                    CrashPoint.deliveryMoved.reached()
                    try spool.append(attempt, to: name, of: endpoint)
                case .failed:
                    try spool.append(attempt, to: name, of: endpoint)
                    try spool.moveDelivery(name, of: endpoint, from: .new, to: .failed)
                case .retry, .requested: try spool.append(attempt, to: name, of: endpoint)
                }
                CrashPoint.deliveryRecorded.reached()
            }
        } catch  where error.code == .taskNotFound || error.code == .taskExists {
            // Moved or removed by hand while it was under way.
        } catch {
            logger.error("can't record a delivery", metadata: ["delivery": "\(name)", "error": "\(error)"])
            // It is still there, and is tried again: not at once, as whatever is wrong may last.
            return window.postpone(name, until: Timestamp.now().adding(seconds: Self.pauseAfterTrouble))
        }
        switch attempt.outcome {
        case .delivered, .requested: break
        case .failed:
            logger.warning(
                "given up",
                metadata: ["delivery": "\(name)", "attempts": "\(attempt.number)", "error": "\(attempt.error ?? "")"])
        case .retry:
            logger.info(
                "not delivered, tried again", metadata: ["delivery": "\(name)", "error": "\(attempt.error ?? "")"])
        }
        guard attempt.outcome == .retry, let next = attempt.next else {
            remove(name)
            return onFinished()
        }
        window.postpone(name, until: next)
    }

    /// The delivery is no longer in `new/`, unless somebody put it back meanwhile: then its file says what is to be done.
    private func remove(_ name: DeliveryName) {
        window.remove(name)
        if touched.remove(name) != nil { window.insert(name) }
    }

    /// Seconds until a delivery is tried again whose files can't be written at present.
    private static let pauseAfterTrouble = 5.0
}

extension EndpointCircuit {
    var isOpen: Bool {
        if case .open = state { return true }
        return false
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
