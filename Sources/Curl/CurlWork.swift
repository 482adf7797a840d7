import CCurl

/// What the loop's thread needs to know of one thing under way.
///
/// Filled in by the caller before it is handed to ``CurlEngine``; from then on only the loop's thread touches it.
protocol CurlWork: AnyObject, Sendable {
    /// Set while libcurl has it.
    var handle: CurlHandle? { get }
    var isCancelled: Bool { get set }
    /// When our own clock ends it unless something comes before, and with what words; nil for never.
    var deadline: (instant: ContinuousClock.Instant, message: () -> String)? { get }

    /// How long the thread may sleep while this is under way; nil for as long as nothing happens.
    var longestSleep: Duration? { get }

    /// Makes the easy handle. This object must outlive it, since the handle's callbacks hold no reference.
    func prepare() throws(CurlError) -> CurlHandle
    /// Goes on after it had to stop because its reader was slow.
    func resume()
    /// Tells whoever waits how it ended. The handle must have been taken from libcurl before.
    func end(_ error: CurlError?)
    /// An error of our own making, with what is known about the request.
    func error(_ code: CurlError.Code, _ message: String) -> CurlError
    /// What libcurl's result means here; nil if all went well.
    func error(_ result: CURLcode) -> CurlError?
}
