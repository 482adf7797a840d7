import HTTPTypes
import Hummingbird

/// The sender broke off, or sends something that is no HTTP.
struct UnreadableBody: Error {
    let underlying: any Error
}

extension Request {
    /// The body's length, if the head tells. A number that is too large for us is the largest that we have.
    var declaredLength: Int? { headers[.contentLength].map { Int($0) ?? .max } }

    /// Whether a body follows the head.
    var hasBody: Bool { headers[.transferEncoding] != nil || declaredLength.map { $0 > 0 } ?? false }

    /// Whether the sender waits for our consent before it sends the body.
    var isBodyAwaited: Bool { headers[.expect]?.lowercased() == "100-continue" && hasBody }

    /// The whole body, bounded.
    ///
    /// - Throws: ``Problem`` of kind `bodyTooLarge`; ``UnreadableBody``.
    func collectBody(limit: Int, context: APIRequestContext) async throws -> [UInt8] {
        if declaredLength ?? 0 > limit { throw Problem.bodyTooLarge(limit: limit) }
        var bytes: [UInt8] = []
        var count = 0
        context.body.state = .abandoned
        do {
            for try await piece in body {
                count += piece.readableBytes
                // What is too much is read on for a while, for the sender to see why nothing came of it.
                if count > 2 * limit { break }
                if count <= limit { bytes.append(contentsOf: piece.readableBytesView) }
            }
        } catch {
            throw UnreadableBody(underlying: error)
        }
        if count <= 2 * limit { context.body.state = .read }
        if count > limit { throw Problem.bodyTooLarge(limit: limit) }
        return bytes
    }
}
