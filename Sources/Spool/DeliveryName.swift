/// The name of a delivery's file, `NUMBER-EVENT-ID.json`: the number of the event in the journal, what happened, and to
/// which task.
///
/// Made of the event alone, so that making a delivery a second time meets the first one. It holds all that the order of
/// deliveries is decided by, so that a scan opens no file.
package struct DeliveryName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let number: Int
    package let kind: TaskEvent.Kind
    package let task: TaskID

    /// Ten digits, so that `ls` sorts them: at a hundred events a second they last three years, and longer numbers are
    /// read as well.
    private static let digits = 10

    package init(_ event: TaskEvent) {
        number = event.number
        kind = event.kind
        task = event.id
    }

    /// Nil for every name that is not exactly what ``rawValue`` gives.
    package init?(_ text: some StringProtocol) {
        guard text.hasSuffix(".json") else { return nil }
        let parts = text.dropLast(".json".count).split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count >= Self.digits, let number = Int(parts[0]), number > 0,
            let kind = TaskEvent.Kind(rawValue: String(parts[1])), let task = TaskID(parts[2])
        else { return nil }
        self.number = number
        self.kind = kind
        self.task = task
        if rawValue != text { return nil }
    }

    package var rawValue: String { "\(Self.padded(number))-\(kind.rawValue)-\(task.rawValue).json" }

    private static func padded(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// The number that a name begins with, read from its bytes; nil for what can't be a delivery's. Costs nothing beside
    /// reading the whole name.
    static func number(ofRaw bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        var value = 0
        var count = 0
        for byte in bytes {
            guard (0x30...0x39).contains(byte) else { return byte == 0x2D && count >= digits ? value : nil }
            guard count < 18 else { return nil }
            value = value * 10 + Int(byte - 0x30)
            count += 1
        }
        return nil
    }

    package var description: String { rawValue }

    package static func < (left: DeliveryName, right: DeliveryName) -> Bool {
        (left.number, left.kind.rawValue, left.task) < (right.number, right.kind.rawValue, right.task)
    }
}
