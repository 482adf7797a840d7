import Curl
import Spool

/// What an attempt came to, and what follows from it. A pure function of the answer.
struct DeliveryDecision {
    /// What the attempt says of the endpoint as a whole.
    enum Health: Equatable {
        /// Somebody answered.
        case up
        /// Nobody did, or said that the endpoint can't take anything at present.
        case down(retryAfter: Double?)
    }

    var outcome: DeliveryAttempt.Outcome
    var health: Health
    /// The endpoint wants nothing any more.
    var isGone = false
    var status: Int?
    var error: String?
    var answer: String?
    /// Seconds until the next attempt; nil if there is none.
    var delay: Double?

    /// - Parameters:
    ///   - attempt: The attempt's number, from 1.
    ///   - chance: From 0 to 1, for the jitter.
    init(
        _ result: Result<CurlResponse, CurlError>, attempt: Int, maxRetries: Int, backoff: DeliveryBackoff,
        chance: Double, now: Timestamp
    ) {
        var asked: Double?
        switch result {
        case .success(let response):
            status = response.status
            answer = Self.shown(response.body)
            asked = response.headers["retry-after"].flatMap { RetryAfter.seconds($0, now: now) }
                .map { min($0, EndpointCircuit.longestRetryAfter) }
            switch response.status {
            case 200..<300:
                (outcome, health) = (.delivered, .up)
                return
            case 410:
                // Kept in new/, as everything else: whoever enables the endpoint again loses nothing.
                (outcome, health, isGone, delay) = (.retry, .up, true, 0)
                error = "the endpoint is gone (410), and was disabled"
                return
            case 300..<400:
                health = .up
                error = "the endpoint redirects (\(response.status)), and redirects are not followed: set its new URL"
            case 408, 429, 500...:
                (health, error) = (.down(retryAfter: asked), "the endpoint answered \(response.status)")
            default: (health, error) = (.up, "the endpoint answered \(response.status)")
            }
        case .failure(let failure):
            (health, error) = (.down(retryAfter: nil), failure.message)
        }
        if attempt > maxRetries {
            outcome = .failed
        } else {
            outcome = .retry
            delay = max(backoff.delay(after: attempt, chance: chance), asked ?? 0)
        }
    }

    /// The beginning of an answer as text; nil if there is none.
    private static func shown(_ body: [UInt8]) -> String? {
        if body.isEmpty { return nil }
        return String(decoding: body.prefix(DeliveryAttempt.keptAnswer), as: UTF8.self)
    }
}

/// The header `Retry-After`: seconds, or a date (RFC 9110, 10.2.3).
enum RetryAfter {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Seconds from now, not negative; nil for what is neither.
    static func seconds(_ text: String, now: Timestamp) -> Double? {
        if !text.isEmpty, text.utf8.count <= 10, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return Double(text)
        }
        // `Sun, 06 Nov 1994 08:49:37 GMT`; nobody sends the two forms that are obsolete.
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp(iso8601: "\(words[3])-\(number)-\(words[1])T\(words[4])Z").map {
            max(0, $0.seconds - now.seconds)
        }
    }
}
