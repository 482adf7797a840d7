/// What a token allows. None includes another.
package enum AccessScope: String, Sendable, Hashable, CaseIterable {
    /// Everything that changes nothing.
    case read
    /// To create tasks.
    case submit
    /// To answer what an agent asks.
    case answer
    /// To hold, abort, repeat and delete tasks that there are, and to stop and start the whole.
    case admin
}
