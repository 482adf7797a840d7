import Synchronization

/// The bytes between the loop's thread, which appends, and one reader.
final class CurlStreamBuffer: Sendable {
    /// How many unread bytes make the loop stop reading from the server.
    static let maximumUnread = 4 << 20

    private struct State {
        var unread: [UInt8] = []
        var end: Result<Void, CurlError>?
        var isFull = false
        var reader: CheckedContinuation<Result<[UInt8]?, CurlError>, Never>?
    }

    private let state = Mutex(State())

    /// Whether nothing more will be appended.
    var isFinished: Bool { state.withLock { $0.end != nil } }

    /// Takes bytes from the server.
    ///
    /// - Returns: False if they were not taken because too many are unread. ``next(resume:)`` calls `resume` after that.
    func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.isEmpty { return true }
        return state.withLock { state in
            if let reader = state.reader {
                state.reader = nil
                reader.resume(returning: .success(Array(bytes)))
                return true
            }
            if state.unread.count >= Self.maximumUnread {
                state.isFull = true
                return false
            }
            state.unread.append(contentsOf: bytes)
            return true
        }
    }

    /// Says that the transfer has ended. What is unread can still be read, unless the reader itself has left.
    func finish(_ error: CurlError?) {
        state.withLock { state in
            guard state.end == nil else { return }
            if error?.code == .cancelled { state.unread = [] }
            state.end = error.map { .failure($0) } ?? .success(())
            state.reader?.resume(returning: error.map { .failure($0) } ?? .success(nil))
            state.reader = nil
        }
    }

    /// All unread bytes as soon as there are any; nil at the end; the error if the transfer broke.
    ///
    /// - Parameter resume: Called when a transfer that had to stop can go on.
    func next(resume: () -> Void) async -> Result<[UInt8]?, CurlError> {
        await withCheckedContinuation { continuation in
            let wasFull = state.withLock { state in
                if !state.unread.isEmpty {
                    continuation.resume(returning: .success(state.unread))
                    state.unread = []
                } else if let end = state.end {
                    continuation.resume(returning: end.map { nil })
                } else if state.reader != nil {
                    let error = CurlError(.invalidRequest, "a stream has one reader", wasPossiblySent: true)
                    continuation.resume(returning: .failure(error))
                } else {
                    state.reader = continuation
                }
                defer { state.isFull = false }
                return state.isFull
            }
            if wasFull { resume() }
        }
    }
}
