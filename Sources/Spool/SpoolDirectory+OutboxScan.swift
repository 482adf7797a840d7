import Glibc
import SystemPackage

/// Looking through an outbox without keeping it in memory.
extension SpoolDirectory {
    /// The deliveries with the lowest numbers.
    package struct DeliveryScan: Sendable {
        /// Sorted.
        package var names: [DeliveryName]
        /// Whether these are all.
        package var isAll: Bool

        package init(names: [DeliveryName], isAll: Bool) {
            self.names = names
            self.isAll = isAll
        }
    }

    /// The first deliveries of a state, up to `limit` of them and none beyond `last`. Memory is bounded by `limit`,
    /// whatever lies there. Other names are left alone.
    package func firstDeliveries(
        of endpoint: EndpointName, in state: DeliveryState, limit: Int, last: Int = .max
    ) throws(SpoolError) -> DeliveryScan {
        var names: [DeliveryName] = []
        var bound = last
        var isAll = true
        try Syscalls.eachEntry(in: paths.endpoint(endpoint).deliveries(state)) { raw, _ in
            guard let number = DeliveryName.number(ofRaw: raw), number <= last else { return }
            guard number <= bound else {
                isAll = false
                return
            }
            guard let text = String(validating: raw, as: UTF8.self), let name = DeliveryName(text) else { return }
            names.append(name)
            if names.count >= 2 * limit {
                names.sort()
                names.removeSubrange(limit...)
                isAll = false
                if let highest = names.last { bound = highest.number }
            }
        }
        names.sort()
        if names.count > limit {
            names.removeSubrange(limit...)
            isAll = false
        }
        return DeliveryScan(names: names, isAll: isAll)
    }

    /// The last deliveries of a state, the newest first; of memory and names the same is so.
    package func lastDeliveries(
        of endpoint: EndpointName, in state: DeliveryState, limit: Int
    ) throws(SpoolError) -> [DeliveryName] {
        var names: [DeliveryName] = []
        var bound = 0
        try Syscalls.eachEntry(in: paths.endpoint(endpoint).deliveries(state)) { raw, _ in
            guard let number = DeliveryName.number(ofRaw: raw), number >= bound,
                let text = String(validating: raw, as: UTF8.self), let name = DeliveryName(text)
            else { return }
            names.append(name)
            if names.count >= 2 * limit {
                names.sort { $1 < $0 }
                names.removeSubrange(limit...)
                if let lowest = names.last { bound = lowest.number }
            }
        }
        names.sort { $1 < $0 }
        return Array(names.prefix(limit))
    }

    /// How many deliveries of an endpoint lie in a state.
    package func countDeliveries(of endpoint: EndpointName, in state: DeliveryState) throws(SpoolError) -> Int {
        var count = 0
        try Syscalls.eachEntry(in: paths.endpoint(endpoint).deliveries(state)) { raw, _ in
            if DeliveryName.number(ofRaw: raw) != nil { count += 1 }
        }
        return count
    }

    /// How long deliveries are kept that nothing is to be done about.
    package struct DeliveryRetention: Sendable, Hashable {
        /// Since the delivery came where it lies, in seconds.
        package var age: Double
        /// How many of a state.
        package var count: Int

        package init(age: Double, count: Int) {
            self.age = age
            self.count = count
        }
    }

    /// Removes deliveries that are too old or too many, the oldest first, with their attempts.
    ///
    /// - Parameters:
    ///   - last: The highest number that may go: an event that is told again after a crash must find its delivery, so
    ///     this is the cursor as it lies on disk.
    ///   - most: How many are removed at most, so that it takes no longer than a moment.
    /// - Returns: When the next one will be too old; the present if there is more to do; nil if there is nothing left.
    package func trimDeliveries(
        of name: EndpointName, in state: DeliveryState, _ retention: DeliveryRetention, last: Int,
        now: Timestamp = .now(), most: Int = 1000
    ) throws(SpoolError) -> Timestamp? {
        let endpoint = paths.endpoint(name)
        var excess = try countDeliveries(of: name, in: state) - retention.count
        let scan = try firstDeliveries(of: name, in: state, limit: most, last: last)
        for delivery in scan.names {
            let path = endpoint.delivery(delivery, in: state)
            guard let status = try Syscalls.status(path) else { continue }
            let expiry = Timestamp(status.st_ctim).adding(seconds: retention.age)
            guard excess > 0 || expiry <= now else { return expiry }
            // First, so that no attempts are left behind that no delivery belongs to.
            try removeIfThere(endpoint.attempts(delivery))
            try removeIfThere(path)
            excess -= 1
        }
        return scan.isAll ? nil : now
    }

    private func removeIfThere(_ path: FilePath) throws(SpoolError) {
        do {
            try Syscalls.unlink(path)
        } catch  where error.code == .taskNotFound {
            return
        }
    }

    /// Removes the leftovers of deliveries that were being written when a daemon died. To be called while none is.
    package func removeUnfinishedDeliveries(of endpoint: EndpointName) throws(SpoolError) {
        let attempts = paths.endpoint(endpoint).attempts
        for name in try Syscalls.names(in: attempts) where name.hasPrefix(".") {
            try removeIfThere(attempts.appending(name))
        }
    }
}
