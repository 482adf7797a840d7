import Spool

/// The part of an endpoint's queue that is in memory: its lowest numbers, up to a bound, whatever lies in `new/`.
///
/// Says what may be sent next. Of each task one delivery at a time, the lowest number first; the next one not before
/// that is delivered or given up. Holds names only, and no truth: whoever takes a name reads the file. Decides only; no
/// I/O, no clock.
struct DeliveryWindow {
    /// How many names are held. As many tasks may each have a delivery that waits before others wait with them.
    let capacity: Int

    /// Each task's deliveries, the lowest first.
    private var queues: [TaskID: [DeliveryName]] = [:]
    /// Tasks' first deliveries that may be sent, the lowest last.
    private var ready: [DeliveryName] = []
    /// Tasks' first deliveries that failed, and from when on they may be sent again.
    private var waiting: [DeliveryName: Timestamp] = [:]
    /// No one of ``waiting`` is due before this; nil if none waits.
    private(set) var nextDue: Timestamp?
    /// Those that are being sent, one a task.
    private var taken: [TaskID: DeliveryName] = [:]
    private(set) var count = 0
    /// Deliveries beyond this number may be in `new/` without being here; nil if all are here.
    private(set) var horizon: Int?

    init(capacity: Int) { self.capacity = capacity }

    var hasReady: Bool { !ready.isEmpty }
    var inFlight: Int { taken.count }

    func isTaken(_ name: DeliveryName) -> Bool { taken[name.task] == name }

    /// Whether to look into `new/` again: there is more, and here is little left.
    var isLow: Bool { horizon != nil && count <= capacity / 4 }

    /// Takes what a look into `new/` found: the lowest names, and whether those were all. Names that are no longer there
    /// stay until they are taken, and then turn out to be gone.
    mutating func fill(_ scan: SpoolDirectory.DeliveryScan) {
        horizon = nil
        for name in scan.names { insert(name) }
        if !scan.isAll, let last = scan.names.last { horizon = min(horizon ?? last.number, last.number) }
    }

    /// Adds a name, unless it lies beyond what is held here.
    ///
    /// - Returns: Whether it was not here before, and is now.
    @discardableResult
    mutating func insert(_ name: DeliveryName) -> Bool {
        if let horizon, name.number > horizon { return false }
        var queue = queues[name.task] ?? []
        let place = Self.place(of: name, in: queue)
        if place < queue.count, queue[place] == name { return false }
        if count >= capacity {
            // What there is no room for is found again by a look into `new/`.
            horizon = min(horizon ?? .max, name.number - 1)
            return false
        }
        if place == 0, let first = queue.first { unsettle(first) }
        queue.insert(name, at: place)
        queues[name.task] = queue
        count += 1
        settle(name.task)
        return true
    }

    /// The lowest number that may be sent; it is being sent from now on.
    mutating func take() -> DeliveryName? {
        guard let name = ready.popLast() else { return nil }
        taken[name.task] = name
        return name
    }

    /// The delivery is no longer in `new/`.
    mutating func remove(_ name: DeliveryName) {
        release(name)
        unsettle(name)
        guard var queue = queues[name.task], let index = queue.firstIndex(of: name) else { return }
        queue.remove(at: index)
        queues[name.task] = queue.isEmpty ? nil : queue
        count -= 1
        settle(name.task)
    }

    /// The delivery is to be sent again, not before `due`.
    mutating func postpone(_ name: DeliveryName, until due: Timestamp) {
        release(name)
        guard queues[name.task]?.contains(name) == true else { return }
        waiting[name] = due
        nextDue = min(nextDue ?? due, due)
        settle(name.task)
    }

    private mutating func release(_ name: DeliveryName) {
        if taken[name.task] == name { taken[name.task] = nil }
    }

    /// Lets those go on whose time has come.
    mutating func wake(at now: Timestamp) {
        guard let nextDue, nextDue <= now else { return }
        for (name, due) in waiting where due <= now { wake(name) }
        self.nextDue = waiting.values.min()
    }

    /// Lets all go on: the endpoint is back.
    mutating func wakeAll() {
        for name in Array(waiting.keys) { wake(name) }
        nextDue = nil
    }

    /// Lets one go on.
    ///
    /// - Returns: Whether it waited.
    @discardableResult
    mutating func wake(_ name: DeliveryName) -> Bool {
        guard waiting.removeValue(forKey: name) != nil else { return false }
        settle(name.task)
        return true
    }

    // MARK: places

    /// Makes the task's first delivery ready, unless one is under way or it waits.
    private mutating func settle(_ task: TaskID) {
        guard let first = queues[task]?.first, waiting[first] == nil, taken[task] == nil else { return }
        let place = placeInReady(first)
        if place < ready.count, ready[place] == first { return }
        ready.insert(first, at: place)
    }

    private mutating func unsettle(_ name: DeliveryName) {
        waiting[name] = nil
        let place = placeInReady(name)
        if place < ready.count, ready[place] == name { ready.remove(at: place) }
    }

    /// `ready` is sorted downwards.
    private func placeInReady(_ name: DeliveryName) -> Int {
        var (low, high) = (0, ready.count)
        while low < high {
            let middle = (low + high) / 2
            if ready[middle] > name { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func place(of name: DeliveryName, in queue: [DeliveryName]) -> Int {
        var (low, high) = (0, queue.count)
        while low < high {
            let middle = (low + high) / 2
            if queue[middle] < name { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
