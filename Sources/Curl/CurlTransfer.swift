import CCurl
import Glibc

/// One request under way, and who waits for it.
///
/// Unchecked: the caller fills it in before it hands it to ``CurlEngine``, whose lock orders that before everything that
/// the loop's thread does with it. From then on only that thread touches it; others may just pass it on.
final class CurlTransfer: CurlWork, @unchecked Sendable {
    /// Doing them twice is as good as once, by RFC 9110 and RFC 4918 (WebDAV).
    private static let repeatable: Set = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PROPFIND", "MKCOL"]

    enum Receiver {
        case nobody
        case response(CheckedContinuation<Result<CurlResponse, CurlError>, Never>)
        /// Waits for the head; the body goes into the buffer.
        case stream(CheckedContinuation<Result<CurlHead, CurlError>, Never>)
        /// Waits for the connection alone.
        case connection(CheckedContinuation<Result<CurlConnection, CurlError>, Never>)
    }

    let request: CurlRequest
    /// Where a stream's bytes go; nil if the response is collected.
    let buffer: CurlStreamBuffer?
    var receiver = Receiver.nobody

    /// Set while libcurl has it.
    var handle: CurlHandle?
    var isCancelled = false
    private var head = CurlHead()
    private var body: [UInt8] = []
    /// Why we made libcurl stop, which only knows that we did.
    private var refusal: CurlError?
    private var wasRequestBegun = false
    /// Whether the addresses that libcurl connects to are held against the request's rule: not a proxy's.
    private var checksAddress = false
    /// Whether the body was cut at the request's limit, as it asked for.
    private var isCut = false
    private var isPaused = false
    private var started = ContinuousClock.now
    private var lastActivity = ContinuousClock.now

    init(_ request: CurlRequest, buffer: CurlStreamBuffer? = nil) {
        self.request = request
        self.buffer = buffer
    }

    /// Makes the easy handle. The transfer must outlive it, since the handle's callbacks hold no reference.
    func prepare() throws(CurlError) -> CurlHandle {
        let handle = try CurlHandle()
        let target = try handle.prepare(request, isStream: buffer != nil)
        checksAddress = request.addressRule != nil && target.proxy == nil
        let context = Unmanaged.passUnretained(self).toOpaque()
        try handle.set(CURLOPT_HEADERDATA, context)
        try handle.set(CURLOPT_HEADERFUNCTION) { CurlTransfer.of($3)?.receive(headerLine: $0, count: $1 * $2) ?? 0 }
        try handle.set(CURLOPT_WRITEDATA, context)
        try handle.set(CURLOPT_WRITEFUNCTION) { CurlTransfer.of($3)?.receive(bytes: $0, count: $1 * $2) ?? 0 }
        try handle.set(CURLOPT_PREREQDATA, context)
        try handle.set { context, address, _, _, _ in
            CurlTransfer.of(context)?.beginRequest(to: address) ?? CURL_PREREQFUNC_ABORT
        }
        if checksAddress {
            try handle.set(CURLOPT_OPENSOCKETDATA, context)
            try handle.set(openSocket: { CurlTransfer.of($0)?.openSocket($2) ?? -1 })
        }
        started = .now
        lastActivity = started
        self.handle = handle
        return handle
    }

    var longestSleep: Duration? { nil }

    /// When our own clock ends the transfer unless something comes before, and with what words; nil for never.
    ///
    /// libcurl's own low-speed limit would wake the thread every second for as long as a stream is open.
    var deadline: (instant: ContinuousClock.Instant, message: () -> String)? {
        var nearest: (instant: ContinuousClock.Instant, message: () -> String)?
        if let limit = request.idleTimeout, !isPaused {
            let instant = lastActivity + .milliseconds(limit.wholeMilliseconds)
            nearest = (instant, { "the server sent nothing for \(limit)" })
        }
        if buffer != nil, !head.isComplete, let limit = request.timeout {
            let instant = started + .milliseconds(limit.wholeMilliseconds)
            if let nearest, nearest.instant <= instant { return nearest }
            nearest = (instant, { "the response did not begin within \(limit)" })
        }
        return nearest
    }

    /// Lets libcurl go on with a transfer whose reader has caught up. May call ``receive(bytes:count:)`` at once.
    func resume() {
        guard isPaused, let handle else { return }
        isPaused = false
        noteActivity()
        curl_easy_pause(handle.pointer, CURLPAUSE_CONT)
    }

    /// Tells the receiver how it ended. The handle must have been taken from libcurl before.
    func end(_ error: CurlError?) {
        if case .connection(let continuation) = receiver {
            receiver = .nobody
            let connection = handle.map(CurlConnection.init) ?? CurlConnection()
            handle = nil
            continuation.resume(returning: error.map { .failure($0) } ?? .success(connection))
            return
        }
        handle = nil
        var error = error
        if error == nil, !head.isComplete {
            error = CurlError(.protocolError, "the response has no head", wasPossiblySent: wasRequestBegun)
        }
        switch receiver {
        case .nobody, .connection: buffer?.finish(error)
        case .response(let continuation):
            let response = CurlResponse(status: head.status, headers: head.headers, body: body)
            continuation.resume(returning: error.map { .failure($0) } ?? .success(response))
        case .stream(let continuation):
            continuation.resume(returning: error.map { .failure($0) } ?? .success(head))
            buffer?.finish(error)
        }
        receiver = .nobody
        body = []
    }

    /// An error of our own making, with what is known about the request.
    func error(_ code: CurlError.Code, _ message: String) -> CurlError {
        CurlError(code, message, wasPossiblySent: wasRequestBegun)
    }

    /// What libcurl's result means here; nil if all went well.
    func error(_ result: CURLcode) -> CurlError? {
        if result == CURLE_OK || (isCut && result == CURLE_WRITE_ERROR) { return nil }
        return refusal ?? CurlError(result, detail: handle?.message ?? "", wasPossiblySent: wasRequestBegun)
    }

    // MARK: libcurl's callbacks, in the loop's thread

    /// The transfer that ``prepare()`` gave to libcurl; nil never happens, and would be an error in the callbacks.
    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
        context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The connection stands, and the request is about to be written to it.
    private func beginRequest(to address: UnsafeMutablePointer<CChar>?) -> Int32 {
        // A connection that another request opened was held against that one's rule.
        if checksAddress, let rule = request.addressRule {
            let address = address.flatMap { IPAddress(String(cString: $0)) }
            if let reason = address.map(rule.refusal) ?? "the address can't be told" {
                refusal = CurlError(.addressRefused, reason)
                return CURL_PREREQFUNC_ABORT
            }
        }
        // libcurl repeats any request, a POST too, whose reused connection ended before the first byte of an answer.
        // The server may have acted on it by then, so only what may be repeated by definition is repeated.
        if wasRequestBegun, !Self.repeatable.contains(request.method) {
            refusal = CurlError(
                .protocolError,
                "the server closed the kept connection without an answer; the request was not repeated",
                wasPossiblySent: true
            )
            return CURL_PREREQFUNC_ABORT
        }
        wasRequestBegun = !request.connectsOnly
        noteActivity()
        return CURL_PREREQFUNC_OK
    }

    /// Opens the socket for one of the host's addresses, if the request may go there; -1 has libcurl try the next one.
    private func openSocket(_ target: UnsafeMutablePointer<curl_sockaddr>?) -> Int32 {
        guard let target, let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return -1 }
        // The address goes on behind the structure, as far as its length says.
        let start = UnsafeRawPointer(target) + offset
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(target.pointee.addrlen))
        let address = IPAddress(family: target.pointee.family, socketAddress: bytes)
        if let reason = address.map({ request.addressRule?.refusal(of: $0) }) ?? "the address can't be told" {
            refusal = CurlError(.addressRefused, reason)
            return -1
        }
        return socket(
            target.pointee.family, target.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), target.pointee.protocol)
    }

    private func receive(headerLine: UnsafeMutablePointer<CChar>?, count: Int) -> Int {
        noteActivity()
        do throws(CurlError) {
            guard try head.feed(UnsafeRawBufferPointer(start: headerLine, count: count)) else { return count }
        } catch {
            refusal = error
            return 0
        }
        if case .stream(let continuation) = receiver {
            receiver = .nobody
            continuation.resume(returning: .success(head))
        }
        return count
    }

    private func receive(bytes: UnsafeMutablePointer<CChar>?, count: Int) -> Int {
        noteActivity()
        let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
        if let buffer {
            if buffer.append(bytes) { return count }
            isPaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        if count > request.maximumBody - body.count, request.truncatesBody {
            body.append(contentsOf: bytes.prefix(request.maximumBody - body.count))
            isCut = true
            return 0
        }
        if count > request.maximumBody - body.count {
            refusal = CurlError(
                .bodyTooLarge,
                "the response is larger than \(request.maximumBody) bytes",
                wasPossiblySent: true
            )
            return 0
        }
        body.append(contentsOf: bytes)
        return count
    }

    private func noteActivity() {
        if request.idleTimeout != nil { lastActivity = .now }
    }
}
