import Glibc
package import JSON
import SystemPackage

/// The outbox: webhooks that are to be sent, a file each.
///
/// A delivery is in the outbox at the instant at which its file is renamed into `new/`, whole and synced. It has been
/// delivered, or given up, at the instant at which it is renamed on. Nothing else says so.
extension SpoolDirectory {
    /// The endpoints that have a directory, by name.
    package func endpoints() throws(SpoolError) -> [EndpointName] {
        try Syscalls.names(in: paths.outbox).compactMap { EndpointName($0) }
            .filter { Syscalls.isDirectory(paths.endpoint($0).directory) }.sorted()
    }

    /// Makes what an endpoint needs, and writes `endpoint.json` if it says something else. Survives a power cut.
    package func makeEndpoint(_ name: EndpointName, about: JSONValue) throws(SpoolError) {
        let endpoint = paths.endpoint(name)
        let text = about.pretty
        if Syscalls.exists(endpoint.about), endpoint.directories.allSatisfy(Syscalls.isDirectory),
            try Syscalls.read(endpoint.about, limit: 1 << 20).map({ $0 == Array(text.utf8) }) == true
        {
            return
        }
        try Syscalls.ensureDirectory(endpoint.directory)
        for directory in endpoint.directories { try Syscalls.ensureDirectory(directory) }
        try DurableFile.write(text, to: endpoint.about)
        try Syscalls.syncDirectory(paths.outbox)
    }

    /// Makes a delivery, unless there is one of that name, in whatever state.
    ///
    /// It is there at the instant of the rename, with all of its bytes on disk. What the directory's sync adds is left
    /// to ``syncDeliveries(of:)``, which must come before the cursor goes past the delivery's event. The file is written
    /// beside, so that whoever watches `new/` sees whole ones alone.
    ///
    /// - Returns: Whether it was made now. A delivery that its owner moves while this looks may be missed by the look,
    ///   which can only happen for an event that is told a second time, after a crash.
    package func createDelivery(_ delivery: OutboxDelivery, for name: EndpointName) throws(SpoolError) -> Bool {
        let endpoint = paths.endpoint(name)
        let path = endpoint.delivery(delivery.name, in: .new)
        for state in DeliveryState.allCases where Syscalls.exists(endpoint.delivery(delivery.name, in: state)) {
            return false
        }
        let temporary = DurableFile.temporaryPath(for: delivery.name.rawValue, in: endpoint.attempts)
        try DurableFile.writeSynced(delivery.json.pretty.utf8, to: temporary)
        CrashPoint.deliveryWritten.reached()
        do {
            try Syscalls.move(temporary, path)
        } catch {
            try? Syscalls.unlink(temporary)
            if error.code == .taskExists { return false }
            throw error
        }
        CrashPoint.deliveryCreated.reached()
        return true
    }

    /// Makes the deliveries that were created survive a power cut.
    package func syncDeliveries(of name: EndpointName) throws(SpoolError) {
        try Syscalls.syncDirectory(paths.endpoint(name).deliveries(.new))
    }

    /// A delivery's file; nil if it is not there (any more).
    package func readDelivery(
        _ name: DeliveryName, of endpoint: EndpointName, in state: DeliveryState = .new
    ) throws(SpoolError) -> OutboxDelivery? {
        let path = paths.endpoint(endpoint).delivery(name, in: state)
        guard let json = try readJSON(path, limit: 4 << 20) else { return nil }
        guard let delivery = OutboxDelivery(name: name, json: json) else {
            throw SpoolError(.damaged, "read", path, advice: "a field is missing or of another kind")
        }
        return delivery
    }

    /// Moves a delivery. It has changed its state at the instant of the rename, which is not synced: undone by a power
    /// cut, it is sent once more under the same id.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound`` if somebody else moved or removed it first.
    package func moveDelivery(
        _ name: DeliveryName, of endpoint: EndpointName, from: DeliveryState, to: DeliveryState
    ) throws(SpoolError) {
        let endpoint = paths.endpoint(endpoint)
        try Syscalls.move(endpoint.delivery(name, in: from), endpoint.delivery(name, in: to))
    }

    // MARK: attempts

    /// How much of a delivery's attempts is read: more than the longest schedule makes.
    private static let readAttempts = 64 << 10

    /// The attempts at a delivery, oldest first, as far as a bound goes.
    package func attempts(_ name: DeliveryName, of endpoint: EndpointName) throws(SpoolError) -> [DeliveryAttempt] {
        let path = paths.endpoint(endpoint).attempts(name)
        let descriptor: Int32
        do {
            descriptor = try Syscalls.openRegular(path)
        } catch  where error.code == .taskNotFound {
            return []
        }
        defer { close(descriptor) }
        var status = stat()
        try Syscalls.call("fstat", path) { fstat(descriptor, &status) }
        let start = max(0, Int(status.st_size) - Self.readAttempts)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) - start)
        let length = try Syscalls.call("pread", path) {
            bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, start) }
        }
        return bytes[..<length].split(separator: UInt8(ascii: "\n")).compactMap {
            (try? JSONValue(parsing: $0)).flatMap(DeliveryAttempt.init(json:))
        }
    }

    /// Adds an attempt, in one write. Not synced: what a power cut undoes is made again.
    package func append(
        _ attempt: DeliveryAttempt, to name: DeliveryName, of endpoint: EndpointName
    ) throws(SpoolError) {
        let path = paths.endpoint(endpoint).attempts(name)
        let descriptor = try Syscalls.open(path, O_WRONLY | O_CREAT | O_APPEND)
        defer { close(descriptor) }
        try Syscalls.writeAll(descriptor, (attempt.json.compact + "\n").utf8, path: path)
    }

    /// Has a delivery be sent anew, now, with all its attempts before it: `mv outbox/E/failed/x outbox/E/new/`, or a
    /// touch of one that waits there. The line that says so comes first; without it, the waiting would go on.
    ///
    /// - Throws: ``SpoolError/Code/deliveryNotFound`` if it is in no state.
    package func retryDelivery(_ name: DeliveryName, of endpoint: EndpointName) throws(SpoolError) {
        let place = paths.endpoint(endpoint)
        let found = DeliveryState.allCases.first { Syscalls.exists(place.delivery(name, in: $0)) }
        guard let state = found else {
            throw SpoolError(
                .deliveryNotFound, "retry", place.directory.appending(name.rawValue), errno: .noSuchFileOrDirectory)
        }
        let request = DeliveryAttempt(number: 1, time: .now(), outcome: .requested, milliseconds: 0)
        try append(request, to: name, of: endpoint)
        if state == .new {
            let path = place.delivery(name, in: .new)
            close(try Syscalls.open(path, O_WRONLY | O_APPEND))
        } else {
            try moveDelivery(name, of: endpoint, from: state, to: .new)
        }
    }

    /// Has all deliveries be sent anew that were given up.
    ///
    /// - Returns: How many those were.
    package func retryFailedDeliveries(of endpoint: EndpointName) throws(SpoolError) -> Int {
        var count = 0
        // In pieces, the oldest first. What fails again while this goes on has a number below the last one's.
        var last = 0
        while true {
            let scan = try firstDeliveries(of: endpoint, in: .failed, limit: 1000)
            let names = scan.names.filter { $0.number > last }
            guard let highest = names.last else { return count }
            for name in names {
                do {
                    try retryDelivery(name, of: endpoint)
                    count += 1
                } catch  where error.code == .taskNotFound || error.code == .deliveryNotFound {
                    continue
                }
            }
            last = highest.number
        }
    }

    // MARK: disabled endpoints

    /// Why nothing is sent to an endpoint; nil if it is not disabled.
    package func disablement(of name: EndpointName) throws(SpoolError) -> String? {
        let path = paths.endpoint(name).disabled
        guard Syscalls.exists(path) else { return nil }
        return try readWord(path) ?? "the file \(path) is there"
    }

    /// Has nothing be sent to an endpoint until somebody removes its file `disabled`.
    package func disable(_ name: EndpointName, because reason: String) throws(SpoolError) {
        try DurableFile.write("\(reason)\n", to: paths.endpoint(name).disabled)
    }

    /// `rm outbox/E/disabled`.
    package func enable(_ name: EndpointName) throws(SpoolError) {
        try unmark(paths.endpoint(name).disabled)
    }

    // MARK: the cursor

    /// Up to which event the node's journal has become deliveries; nil if nobody ever looked.
    package func readCursor(_ node: String) throws(SpoolError) -> Int? {
        try readNumber(paths.cursor(node))
    }

    /// The number of an event in a file of its own; nil if there is none.
    func readNumber(_ path: FilePath) throws(SpoolError) -> Int? {
        guard let word = try readWord(path) else { return nil }
        guard let number = Int(word), number >= 0 else {
            throw SpoolError(
                .damaged, "read", path,
                advice: "it should hold the number of an event; write one into it, or remove it to begin with what "
                    + "happens from now on")
        }
        return number
    }

    /// All events up to `number` have their deliveries once this returns, also after a power cut.
    package func writeCursor(_ number: Int, node: String) throws(SpoolError) {
        try DurableFile.write("\(number)\n", to: paths.cursor(node))
    }
}
