/// The OpenCode version that a simulator claims to be, as far as its behaviour depends on it.
struct SimulatorVersion: Sendable, Comparable, CustomStringConvertible {
    let major: Int
    let minor: Int
    let patch: Int

    init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Nil unless the text is `MAJOR.MINOR.PATCH` in digits.
    init?(_ text: String) {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2],
            text.utf8.allSatisfy({ $0 == 0x2E || (0x30...0x39).contains($0) })
        else { return nil }
        self.init(major, minor, patch)
    }

    var description: String { "\(major).\(minor).\(patch)" }

    static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    /// The one dialect of 1.15 to 1.18.
    var isWire1: Bool { major == 1 && (15...18).contains(minor) }

    /// Before 1.18.15 the order of messages, and the end of a turn, hang on comparing ids as strings.
    var ordersMessagesByID: Bool { self < Self(1, 18, 15) }

    /// From 1.16 on, 1.x also answers an experimental `/api/health`, without a version.
    var hasPreviewAPI: Bool { self >= Self(1, 16, 0) }
}
