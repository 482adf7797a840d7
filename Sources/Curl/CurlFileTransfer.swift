import CCurl

/// One exchange with a server of files, and who waits for it.
///
/// Unchecked: see ``CurlWork``.
final class CurlFileTransfer: CurlWork, @unchecked Sendable {
    private let request: CurlFileRequest
    var receiver: CheckedContinuation<Result<CurlFileResponse, CurlError>, Never>?

    var handle: CurlHandle?
    var isCancelled = false
    private var response = CurlFileResponse(body: [])
    /// How many bytes of what is uploaded libcurl has.
    private var sent = 0
    /// Why we made libcurl stop, which only knows that we did.
    private var refusal: CurlError?
    /// What the server of FTP said last.
    private var reply = ""

    init(_ request: CurlFileRequest) { self.request = request }

    func prepare() throws(CurlError) -> CurlHandle {
        let handle = try CurlHandle()
        try handle.prepare(request)
        let context = Unmanaged.passUnretained(self).toOpaque()
        try handle.set(CURLOPT_WRITEDATA, context)
        try handle.set(CURLOPT_WRITEFUNCTION) { CurlFileTransfer.of($3)?.receive($0, count: $1 * $2) ?? 0 }
        try handle.set(CURLOPT_HEADERDATA, context)
        try handle.set(CURLOPT_HEADERFUNCTION) { CurlFileTransfer.of($3)?.receive(line: $0, count: $1 * $2) ?? 0 }
        try handle.set(CURLOPT_READDATA, context)
        try handle.set(read: { CurlFileTransfer.of($3)?.send($0, count: $1 * $2) ?? Int(CURL_READFUNC_ABORT) })
        try handle.set(CURLOPT_SSH_KEYDATA, context)
        try handle.set(sshKey: { CurlFileTransfer.of($4)?.judge($3) ?? Int32(CURLKHSTAT_REJECT.rawValue) })
        self.handle = handle
        return handle
    }

    /// libcurl's own limit in time is enough.
    var deadline: (instant: ContinuousClock.Instant, message: () -> String)? { nil }

    /// Two answers of a server of FTP may arrive in one record of TLS. libcurl then holds the second, and waits for a socket
    /// that has nothing more to give.
    var longestSleep: Duration? { .milliseconds(50) }

    /// It never waits for a reader.
    func resume() {}

    func end(_ error: CurlError?) {
        handle = nil
        receiver?.resume(returning: error.map { .failure($0) } ?? .success(response))
        receiver = nil
        response.body = []
    }

    func error(_ code: CurlError.Code, _ message: String) -> CurlError {
        CurlError(code, message, wasPossiblySent: handle != nil)
    }

    func error(_ result: CURLcode) -> CurlError? {
        if result == CURLE_OK {
            // Only now is it known, and the handle is still there.
            response.size = handle?.information(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
            response.modified = handle?.information(CURLINFO_FILETIME_T)
            return nil
        }
        if let refusal { return refusal }
        let detail = handle?.message ?? ""
        var error = CurlError(result, detail: detail, wasPossiblySent: true)
        switch result {
        case CURLE_REMOTE_FILE_NOT_FOUND: error.code = .notFound
        case CURLE_LOGIN_DENIED: error.code = .loginDenied
        case CURLE_QUOTE_ERROR, CURLE_FTP_COULDNT_RETR_FILE, CURLE_REMOTE_ACCESS_DENIED, CURLE_UPLOAD_FAILED, CURLE_SSH,
            CURLE_REMOTE_FILE_EXISTS, CURLE_REMOTE_DISK_FULL:
            error.code = .refused
        default: break
        }
        error.reply = Int(reply.prefix(3))
        if !reply.isEmpty { error.message += " (the server said: \(reply))" }
        return error
    }

    // MARK: libcurl's callbacks, in the loop's thread

    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlFileTransfer? {
        context.map { Unmanaged<CurlFileTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private func receive(_ bytes: UnsafeMutablePointer<CChar>?, count: Int) -> Int {
        guard count <= request.maximumBody - response.body.count else {
            refusal = error(.bodyTooLarge, "it is larger than \(request.maximumBody) bytes")
            return 0
        }
        response.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        return count
    }

    /// A line of what a server of FTP says.
    private func receive(line: UnsafeMutablePointer<CChar>?, count: Int) -> Int {
        let bytes = UnsafeRawBufferPointer(start: line, count: count).prefix(300)
        let text = String(decoding: bytes.filter { $0 >= 0x20 && $0 != 0x7F }, as: UTF8.self)
        if text.utf8.first.map({ (0x34...0x35).contains($0) }) == true { reply = text }
        return count
    }

    private func send(_ target: UnsafeMutablePointer<CChar>?, count: Int) -> Int {
        guard case .upload(let bytes) = request.action, let target else { return 0 }
        let part = bytes[sent..<min(bytes.count, sent + count)]
        UnsafeMutableRawBufferPointer(start: target, count: count).copyBytes(from: part)
        sent += part.count
        return part.count
    }

    /// Whether the server's key is the one that is known. No key is ever added to those.
    private func judge(_ match: curl_khmatch) -> Int32 {
        switch match {
        case CURLKHMATCH_OK: return Int32(CURLKHSTAT_FINE.rawValue)
        case CURLKHMATCH_MISMATCH:
            refusal = error(.changedHostKey, "the server's key is another than the one that is known")
        default: refusal = error(.unknownHostKey, "the server's key is not known")
        }
        return Int32(CURLKHSTAT_REJECT.rawValue)
    }
}
