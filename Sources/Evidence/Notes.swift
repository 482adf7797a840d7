/// Remarks for a person, bounded: a hostile workspace can cause one per file.
struct Notes: Sendable {
    private static let limit = 100
    private var kept: [String] = []
    private var dropped = 0

    mutating func add(_ note: String) {
        if kept.contains(note) { return }
        if kept.count < Self.limit { kept.append(note) } else { dropped += 1 }
    }

    mutating func add(contentsOf other: Notes) {
        for note in other.kept { add(note) }
        dropped += other.dropped
    }

    var all: [String] { dropped == 0 ? kept : kept + ["and \(dropped) more remarks like these"] }
}
