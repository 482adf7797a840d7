import Hummingbird
import Spool

/// What is seen of the tasks that a page was made of, those that did not fit it included, without reading them.
///
/// How many they were is part of the page's tag, so that the same can be looked at again later.
struct TaskSight: Sendable {
    private var fingerprint = TaskFingerprint()
    private var count = 0

    /// More than a page is ever made of.
    private static let most = 12_000

    /// - Parameter sighting: Nil for a task that was gone.
    mutating func take(_ sighting: TaskSighting?) {
        count += 1
        if let sighting { fingerprint.combine(sighting.fingerprint) }
    }

    /// - Parameter isComplete: Whether there are no more tasks behind them.
    func tag(isComplete: Bool) -> EntityTag {
        EntityTag("\(count)-\(fingerprint.text)-\(isComplete ? 1 : 0)", isWeak: true)
    }

    /// The tag that `If-None-Match` of a request has, if a page of the query would have it now. Blocks.
    static func known(
        to request: Request, _ index: TaskIndex, _ shelf: TaskShelf, _ query: TaskQuery
    ) throws(SpoolError) -> EntityTag? {
        guard query.limit != nil, case .tags(let tags) = EntityTag.condition(.ifNoneMatch, of: request) else {
            return nil
        }
        let known = shelf.known()
        for tag in tags.prefix(4) {
            guard let count = tag.text.split(separator: "-").first.flatMap({ Int($0) }), (0...most).contains(count)
            else { continue }
            var order = try TaskOrder(index, shelf.spool, query)
            var sight = TaskSight()
            var shared = SharedLook(shelf.spool)
            while sight.count < count, let entry = order.next() {
                sight.take(try shelf.look(at: entry.place.id, in: entry.state, known, &shared)?.sighting)
            }
            let now = sight.tag(isComplete: order.isAtEnd)
            if now.text == tag.text { return now }
        }
        return nil
    }
}
