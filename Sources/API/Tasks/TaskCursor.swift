import Spool

/// A place in the list of tasks, newest first: after this one. Stays valid when tasks come and go.
struct TaskCursor: Sendable, Comparable {
    /// The task that it is after.
    let id: TaskID
    /// Nil where the name says it.
    private let given: String?

    /// The moment of creation as in the names of tasks, `20261123T093000250`.
    var moment: String { given ?? String(id.rawValue.prefix(18)) }

    init(moment: String, id: TaskID) {
        given = moment
        self.id = id
    }

    /// - Parameter id: One that begins with the moment.
    init(made id: TaskID) {
        given = nil
        self.id = id
    }

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "~", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isMoment(parts[0].utf8), let id = TaskID(parts[1]) else { return nil }
        self.init(moment: String(parts[0]), id: id)
    }

    /// What the text of one looks like, for who has to describe it.
    static let pattern = "^[0-9]{8}T[0-9]{9}~[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"

    var text: String { "\(moment)~\(id)" }

    /// The moment that a name of ours begins with.
    static func moment(in id: TaskID) -> String? {
        let bytes = id.rawValue.utf8.prefix(19)
        guard bytes.last == UInt8(ascii: "-"), isMoment(bytes.dropLast()) else { return nil }
        return String(id.rawValue.prefix(18))
    }

    private static func isMoment(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count == 18
            && bytes.enumerated().allSatisfy { index, byte in
                index == 8 ? byte == UInt8(ascii: "T") : (0x30...0x39).contains(byte)
            }
    }

    static func == (left: TaskCursor, right: TaskCursor) -> Bool {
        left.id == right.id && (left.given == nil && right.given == nil || left.moment == right.moment)
    }

    static func < (left: TaskCursor, right: TaskCursor) -> Bool {
        // A name that begins with its moment is sorted by it.
        if left.given == nil, right.given == nil { return left.id < right.id }
        let (early, late) = (left.moment, right.moment)
        return early == late ? left.id < right.id : early < late
    }
}
