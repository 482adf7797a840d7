/// Reads the files of the system's time zones (RFC 8536), versions 2 and later.
extension TimeZoneRules {
    /// No zone's history takes a tenth of it.
    package static let largestFile = 1 << 20

    /// Nil for bytes that are no such file.
    package init?(file bytes: [UInt8]) {
        guard let old = Header(bytes[...]), old.version >= 2 else { return nil }
        // What version 1 could say, in numbers of four bytes, comes first, and says less.
        let body = bytes.dropFirst(Header.length + old.length(ofTime: 4))
        guard let header = Header(body), header.types > 0 else { return nil }
        var data = body.dropFirst(Header.length)
        guard data.count >= header.length(ofTime: 8) else { return nil }
        let times = (0..<header.times).map { Int(Self.number(data.dropFirst($0 * 8), 8)) }
        data = data.dropFirst(header.times * 8)
        let places = data.prefix(header.times).map { Int($0) }
        data = data.dropFirst(header.times)
        let types = (0..<header.types).map { Int(Int32(truncatingIfNeeded: Self.number(data.dropFirst($0 * 6), 4))) }
        guard places.allSatisfy({ $0 < types.count }), zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }),
            types.allSatisfy({ abs($0) < 26 * 3600 })
        else { return nil }
        let footer = body.dropFirst(Header.length + header.length(ofTime: 8)).drop { $0 == 0x0A }
        let rule = DaylightRule(String(decoding: footer.prefix { $0 != 0x0A }, as: UTF8.self))
        self.init(times: times, offsets: places.map { types[$0] }, first: types[0], rule: rule)
    }

    /// A rule as the variable `TZ` may hold it: `CET-1CEST,M3.5.0,M10.5.0/3`. Nil for anything else.
    package init?(rule text: String) {
        guard let rule = DaylightRule(text) else { return nil }
        self.init(times: [], offsets: [], first: 0, rule: rule)
    }

    /// Big-endian, signed.
    private static func number(_ bytes: ArraySlice<UInt8>, _ count: Int) -> Int64 {
        let value = bytes.prefix(count).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int64(bitPattern: value)
    }

    private struct Header {
        static let length = 44

        let version: Int
        let times: Int
        let types: Int
        private let characters: Int
        private let leapSeconds: Int
        private let standardFlags: Int
        private let utcFlags: Int

        /// Nil for bytes that begin otherwise, or that promise more than there could be.
        init?(_ bytes: ArraySlice<UInt8>) {
            guard bytes.count >= Self.length, bytes.starts(with: Array("TZif".utf8)) else { return nil }
            let digit = bytes[bytes.startIndex + 4]
            version = digit == 0 ? 1 : Int(digit) - 0x30
            let counts = (0..<6).map { Int(TimeZoneRules.number(bytes.dropFirst(20 + $0 * 4), 4)) }
            guard counts.allSatisfy({ $0 <= TimeZoneRules.largestFile }) else { return nil }
            (utcFlags, standardFlags, leapSeconds) = (counts[0], counts[1], counts[2])
            (times, types, characters) = (counts[3], counts[4], counts[5])
        }

        /// Of what follows, where a time takes so many bytes.
        func length(ofTime size: Int) -> Int {
            times * (size + 1) + types * 6 + characters + leapSeconds * (size + 4) + standardFlags + utcFlags
        }
    }
}
