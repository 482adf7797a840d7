import CCurl
import Glibc

/// The thread that runs all transfers.
///
/// It sleeps in `curl_multi_poll` until a socket is ready, a limit in time is reached, or the engine wakes it. Without
/// transfers it sleeps for good. All of libcurl's callbacks run here, and nothing else of ours does: waiting tasks are
/// only made ready to run elsewhere.
final class CurlLoop {
    private let multi: UnsafeMutableRawPointer
    private let engine: CurlEngine
    private var transfers: [UnsafeMutableRawPointer: any CurlWork] = [:]

    init(multi: UnsafeMutableRawPointer, engine: CurlEngine) {
        self.multi = multi
        self.engine = engine
    }

    /// Returns after ``CurlEngine/close()``, when all transfers have ended.
    func run() {
        // Signals are for other threads; blocking SIGPIPE here turns it into an error of that one write.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)

        while true {
            let (commands, isClosed) = engine.takeCommands()
            for command in commands { obey(command) }
            if isClosed { break }
            var running: Int32 = 0
            survive(curl_multi_perform(multi, &running))
            collect()
            let timeout = enforceDeadlines()
            survive(curl_multi_poll(multi, nil, 0, timeout, nil))
        }
        endAll { $0.error(.closed, "the HTTP client was closed") }
        curl_multi_cleanup(multi)
    }

    private func obey(_ command: CurlEngine.Command) {
        switch command {
        case .start(let transfer): start(transfer)
        case .cancel(let transfer):
            transfer.isCancelled = true
            if transfer.handle != nil { end(transfer, transfer.error(.cancelled, "the request was cancelled")) }
        case .resume(let transfer): transfer.resume()
        }
    }

    private func start(_ transfer: any CurlWork) {
        if transfer.isCancelled { return transfer.end(transfer.error(.cancelled, "the request was cancelled")) }
        do throws(CurlError) {
            let handle = try transfer.prepare()
            let code = curl_multi_add_handle(multi, handle.pointer)
            guard code == CURLM_OK else {
                throw transfer.error(.protocolError, String(cString: curl_multi_strerror(code)))
            }
            transfers[handle.pointer] = transfer
        } catch {
            transfer.end(error)
        }
    }

    /// Ends the transfers that libcurl has finished.
    private func collect() {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(multi, &remaining) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let transfer = transfers[handle]
            else { continue }
            end(transfer, transfer.error(message.pointee.data.result))
        }
    }

    /// Ends the transfers that are late by our own clock.
    ///
    /// - Returns: Milliseconds until the next one may be, or until libcurl must be asked, for poll.
    private func enforceDeadlines() -> Int32 {
        var next: ContinuousClock.Instant?
        var now: ContinuousClock.Instant?
        for transfer in Array(transfers.values) {
            guard let (deadline, message) = transfer.deadline else { continue }
            let instant = now ?? .now
            now = instant
            if deadline <= instant {
                end(transfer, transfer.error(.timeout, message()))
            } else {
                next = min(next ?? deadline, deadline)
            }
        }
        let sleep = transfers.values.compactMap(\.longestSleep).min().map(\.wholeMilliseconds) ?? Int(Int32.max)
        guard let next, let now else { return Int32(clamping: sleep) }
        return Int32(clamping: min(sleep, now.duration(to: next).wholeMilliseconds))
    }

    private func end(_ transfer: any CurlWork, _ error: CurlError?) {
        if let handle = transfer.handle {
            // First, so that the connection is free, or closed, by the time that the receiver goes on.
            curl_multi_remove_handle(multi, handle.pointer)
            transfers[handle.pointer] = nil
        }
        transfer.end(error)
    }

    private func endAll(_ error: (any CurlWork) -> CurlError) {
        for transfer in Array(transfers.values) { end(transfer, error(transfer)) }
    }

    /// A failure of libcurl as a whole costs all transfers. If there are none to blame, it would only come again.
    private func survive(_ code: CURLMcode) {
        if code == CURLM_OK { return }
        if transfers.isEmpty { return engine.abandon() }
        endAll { $0.error(.protocolError, String(cString: curl_multi_strerror(code))) }
    }
}
