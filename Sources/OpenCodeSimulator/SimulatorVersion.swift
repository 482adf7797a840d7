/// The OpenCode version that a simulator claims to be, as far as its behaviour depends on it.
struct SimulatorVersion: Sendable, Comparable, CustomStringConvertible {
    let major: Int
    let minor: Int
    let patch: Int
    /// As the server says it.
    let description: String

    init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
        description = "\(major).\(minor).\(patch)"
    }

    /// Nil unless the text is `MAJOR.MINOR.PATCH` in digits.
    init?(_ text: String) {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2],
            text.utf8.allSatisfy({ $0 == 0x2E || (0x30...0x39).contains($0) })
        else { return nil }
        self.init(major, minor, patch)
    }

    /// A build of wire 2 whose text says nothing: it behaves as the newest. The previews `0.0.0-beta-…` behave as 2.0.0.
    init(build text: String) {
        let newest = Self(2, 0, 27)
        major = newest.major
        minor = newest.minor
        patch = text.hasPrefix("0.0.0-beta") ? 0 : newest.patch
        description = text
    }

    /// What the options ask for.
    ///
    /// - Throws: ``SimulatorError`` for a version that can't be simulated, or that speaks another wire than was named.
    init(_ options: SimulatorOptions) throws(SimulatorError) {
        if let wire = options.wire, wire != 1 && wire != 2 {
            throw SimulatorError("there is no wire \(wire); name 1 (OpenCode 1.15 to 1.18) or 2 (2.0)")
        }
        let text = options.version ?? (options.wire == 2 ? "2.0.27" : "1.18.31")
        if let version = Self(text) {
            guard version.isWire1 || version.isWire2 else {
                throw SimulatorError(
                    "the simulator can't be OpenCode \(text.prefix(40)); name a version from 1.15.0 to 1.18.x or 2.0.x")
            }
            if let wire = options.wire, wire != version.wire {
                throw SimulatorError(
                    "OpenCode \(text) speaks wire \(version.wire), not wire \(wire); leave one of the two out")
            }
            self = version
            return
        }
        guard options.wire == 2, (1...80).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw SimulatorError(
                "the simulator can't be OpenCode \(text.prefix(40)); name a version from 1.15.0 to 1.18.x or 2.0.x, or"
                    + " name wire 2 as well for a development build")
        }
        self.init(build: text)
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    /// The one dialect of 1.15 to 1.18.
    var isWire1: Bool { major == 1 && (15...18).contains(minor) }

    var isWire2: Bool { major == 2 && minor == 0 }

    var wire: Int { isWire2 ? 2 : 1 }

    /// Before 1.18.15 the order of messages, and the end of a turn, hang on comparing ids as strings.
    var ordersMessagesByID: Bool { self < Self(1, 18, 15) }

    /// From 1.16 on, 1.x also answers an experimental `/api/health`, without a version.
    var hasPreviewAPI: Bool { self >= Self(1, 16, 0) }

    /// 2.0.0 to 2.0.3: other names for paths and fields than since 2.0.4.
    var isEarlyWire2: Bool { self < Self(2, 0, 4) }

    /// Where wire 2 says its version.
    var probe: String { isEarlyWire2 ? "/api/health" : self < Self(2, 0, 6) ? "/api/status" : "/api/info" }

    /// Whether a session can be created below another one.
    var createsChildren: Bool { self >= Self(2, 0, 27) }
}
