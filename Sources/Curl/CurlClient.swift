/// An HTTP/1.1 client, and one of SFTP, FTP and FTPS: any number of requests at once, on one thread that sleeps when
/// nothing happens.
///
/// Connections are kept and reused. Redirects are not followed, certificates are verified, cookies do not exist, and
/// loopback hosts are reached without the proxy that the environment may name. A GET whose reused connection was closed
/// by the server is repeated; a POST that may have reached the server never is.
package final class CurlClient: Sendable {
    private let engine = CurlEngine()

    package init() {}

    deinit { close() }

    /// Sends a request and waits for the whole response, of any status.
    ///
    /// If the task is cancelled, throws ``CurlError/Code/cancelled`` at once, after the connection has been closed.
    package func send(_ request: CurlRequest) async throws(CurlError) -> CurlResponse {
        let transfer = CurlTransfer(request)
        return try await result(of: transfer) { transfer.receiver = .response($0) }.get()
    }

    /// Connects as a request would, with name, address rule, proxy, TLS and the certificate's check, and closes the
    /// connection again. Nothing of the request is sent, so no server can take it for one.
    package func connect(_ request: CurlRequest) async throws(CurlError) -> CurlConnection {
        var request = request
        request.connectsOnly = true
        request.freshConnection = true
        let transfer = CurlTransfer(request)
        return try await result(of: transfer) { transfer.receiver = .connection($0) }.get()
    }

    /// Sends a request and returns when the head of the response has arrived, of any status.
    ///
    /// Of the request's limits, `timeout` ends with the head, `idleTimeout` lasts, and `maximumBody` does not count.
    package func stream(_ request: CurlRequest) async throws(CurlError) -> CurlStream {
        let buffer = CurlStreamBuffer()
        let transfer = CurlTransfer(request, buffer: buffer)
        let result = await result(of: transfer) { transfer.receiver = .stream($0) }
        let head = try result.get()
        return CurlStream(
            head,
            subscription: CurlStream.Subscription(transfer: transfer, buffer: buffer, engine: engine, client: self)
        )
    }

    /// Asks a server of files for one thing, and waits for its end.
    ///
    /// If the task is cancelled, throws ``CurlError/Code/cancelled`` at once, after the connection has been closed.
    package func send(_ request: CurlFileRequest) async throws(CurlError) -> CurlFileResponse {
        let transfer = CurlFileTransfer(request)
        return try await result(of: transfer) { transfer.receiver = $0 }.get()
    }

    /// Starts a transfer, and waits until it tells whoever `listen` made it tell.
    private func result<Value>(
        of transfer: any CurlWork,
        _ listen: (CheckedContinuation<Result<Value, CurlError>, Never>) -> Void
    ) async -> Result<Value, CurlError> {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                listen(continuation)
                engine.start(transfer)
            }
        } onCancel: {
            engine.cancel(transfer)
        }
    }

    /// Ends the thread. What is under way, and what is sent later, fails with ``CurlError/Code/closed``.
    ///
    /// Also happens when the client is let go of.
    package func close() { engine.close() }
}
