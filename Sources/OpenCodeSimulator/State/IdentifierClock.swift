/// Ids in OpenCode's format: a prefix, 12 hexadecimal digits of milliseconds times 4096 plus a counter (modulo 2^48),
/// and 14 random characters of base 62.
struct IdentifierClock: Sendable {
    enum Kind: String, Sendable {
        case session = "ses"
        case message = "msg"
        case part = "prt"
        case permission = "per"
        case question = "que"
        case form = "frm"
        case savedPermission = "psv"
        case event = "evt"
    }

    private var last = 0
    private var counter: UInt64 = 0

    mutating func next(_ kind: Kind, at milliseconds: Int) -> String {
        if milliseconds != last {
            last = milliseconds
            counter = 0
        }
        counter &+= 1
        var number = UInt64(truncatingIfNeeded: milliseconds) &* 4096 &+ counter
        // Sessions are counted downwards, so that the newest is the first in a listing by id.
        if kind == .session { number = ~number }
        let hexadecimal = String(number & 0xFFFF_FFFF_FFFF, radix: 16)
        let padding = String(repeating: "0", count: max(0, 12 - hexadecimal.utf8.count))
        return "\(kind.rawValue)_\(padding)\(hexadecimal)\(Self.random(14))"
    }

    /// Characters of base 62.
    static func random(_ length: Int) -> String {
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        var text = ""
        text.reserveCapacity(length)
        // Ten characters of each random number: asking the kernel for every one is what an id would cost most.
        var number: UInt64 = 0
        for place in 0..<length {
            if place % 10 == 0 { number = .random(in: 0 ... .max) }
            text.unicodeScalars.append(Unicode.Scalar(alphabet[Int(number % 62)]))
            number /= 62
        }
        return text
    }
}
