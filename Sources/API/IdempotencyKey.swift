import HTTPTypes
import Hummingbird
import JSON
import Spool
import SystemPackage

/// What `Idempotency-Key` says: a name for this request, so that it can be sent again without making a second task.
///
/// It is the task's `key`, and so in the tree: it holds for as long as the task is there, over restarts, and for every
/// way in.
struct IdempotencyKey: Sendable {
    let text: String

    static let longest = 200
    static let header = HTTPField.Name("Idempotency-Key")

    /// Nil without the header. A key in quotes, as a structured field has it, is the same as one without.
    static func of(_ request: Request) throws(Problem) -> IdempotencyKey? {
        let values = header.map { request.headers[values: $0] } ?? []
        guard let value = values.first else { return nil }
        var text = value[...]
        if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") { text = text.dropFirst().dropLast() }
        let isVisible = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard values.count == 1, isVisible, (1...longest).contains(text.utf8.count) else {
            throw Problem(
                .invalidHeader,
                "Idempotency-Key should be 1 to \(longest) visible ASCII characters without spaces, once.")
        }
        return IdempotencyKey(text: String(text))
    }

    /// Gives the task its key.
    func apply(to spec: inout TaskSpec) throws(Problem) {
        guard spec.key == nil || spec.key == text else {
            throw Problem(
                .keyReused, "The body has another key than the header Idempotency-Key; leave one of them out.")
        }
        spec.key = text
    }

    /// Refuses a body that is not the one which the key came with first.
    ///
    /// - Parameter id: The task that has the key.
    func check(_ source: [UInt8], _ fileExtension: String, is id: TaskID, in spool: SpoolDirectory) throws(Problem) {
        let first: [UInt8]?
        do {
            let (task, _) = try spool.locate(id)
            let path = task.directory.appending("source.\(fileExtension)")
            first = try spool.readFile(path, limit: max(source.count, 1 << 20))
        } catch  where error.code == .damaged {
            // Longer than ours, so another one.
            first = nil
        } catch {
            throw Problem(error)
        }
        guard first == source else {
            throw Problem(
                .keyReused,
                "The key \"\(text)\" came with another body before, and is that of the task \(id); use a new key.")
        }
    }
}
