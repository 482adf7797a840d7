import SystemPackage

/// What files look like from outside, in a number: another one when something was written, made or removed.
package struct TaskFingerprint: Sendable, Hashable {
    /// Both halves of a product, folded: each bit of what is taken moves all.
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    package mutating func combine(_ number: UInt64) {
        let (high, low) = (hash ^ number).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        hash = high ^ low &+ 0x632B_E59B_D9B4_E019
    }

    package mutating func combine(_ other: TaskFingerprint) { combine(other.hash) }

    mutating func combine(_ text: String) {
        for byte in text.utf8 { combine(UInt64(byte)) }
    }

    /// Sixteen hexadecimal digits.
    package var text: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension SpoolDirectory {
    /// The fingerprint of all that ``snapshot(_:in:seenAs:)`` and what is shown with it would read, without reading a file;
    /// nil when the task is not there.
    package func fingerprint(_ id: TaskID, in state: TaskState) throws(SpoolError) -> TaskFingerprint? {
        try look(at: id, in: state)?.fingerprint
    }

    /// The same wherever the task is.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound``.
    package func fingerprint(_ id: TaskID) throws(SpoolError) -> TaskFingerprint {
        for _ in 0..<3 {
            let (_, state) = try locate(id)
            if let fingerprint = try fingerprint(id, in: state) { return fingerprint }
        }
        throw SpoolError(.taskNotFound, "find", paths.root.appending(id.rawValue), errno: .noSuchFileOrDirectory)
    }
}
