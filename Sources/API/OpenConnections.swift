import NIOCore
import Synchronization

/// The connections on which something was asked and that are open, so that they can be closed at the end.
final class OpenConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    func insert(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        let isNew = channels.withLock { $0.updateValue(channel, forKey: key) == nil }
        if isNew { channel.closeFuture.whenComplete { _ in self.channels.withLock { $0[key] = nil } } }
    }

    /// Closes all, whatever they are doing.
    func closeAll() {
        let all = channels.withLock { Array($0.values) }
        for channel in all { channel.close(promise: nil) }
    }
}
