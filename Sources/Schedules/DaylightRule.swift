/// The rule by which a zone's clocks change year after year, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct DaylightRule: Sendable, Hashable {
    /// A day of each year, and a time of it.
    struct Change: Sendable, Hashable {
        enum Day: Sendable, Hashable {
            /// The weekday's so many-th in the month; 5 is the last.
            case weekday(month: Int, week: Int, weekday: Int)
            /// From 1; 29 February is never counted.
            case julian(Int)
            /// From 0.
            case ofYear(Int)
        }

        var day: Day
        /// Seconds from that day's midnight, by the clocks before the change; may lie outside of the day.
        var time: Int
    }

    private let standard: Int
    private let daylight: (offset: Int, from: Change, to: Change)?

    static func == (left: DaylightRule, right: DaylightRule) -> Bool {
        left.standard == right.standard && left.daylight?.offset == right.daylight?.offset
            && left.daylight?.from == right.daylight?.from && left.daylight?.to == right.daylight?.to
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(standard)
        hasher.combine(daylight?.offset)
        hasher.combine(daylight?.from)
        hasher.combine(daylight?.to)
    }

    /// Nil for a text that is none.
    init?(_ text: String) {
        var reader = Reader(Array(text.utf8))
        guard reader.name(), let standard = reader.offset() else { return nil }
        self.standard = -standard
        if reader.isAtEnd {
            daylight = nil
            return
        }
        guard reader.name() else { return nil }
        // An hour ahead, unless another offset follows.
        let offset: Int
        if reader.peek == UInt8(ascii: ",") || reader.isAtEnd {
            offset = self.standard + 3600
        } else {
            guard let read = reader.offset() else { return nil }
            offset = -read
        }
        // Without rules, those of the United States are meant.
        if reader.isAtEnd { reader = Reader(Array(",M3.2.0,M11.1.0".utf8)) }
        guard let from = reader.change(), let to = reader.change(), reader.isAtEnd else { return nil }
        daylight = (offset, from, to)
    }

    /// Seconds east of UTC.
    func offset(at moment: Int) -> Int {
        guard let last = changes(around: moment).last(where: { $0.time <= moment }) else { return standard }
        return last.offset
    }

    func change(after moment: Int) -> Int? { changes(around: moment).first { $0.time > moment }?.time }

    /// Those of the year and of the years beside it, in order.
    private func changes(around moment: Int) -> [(time: Int, offset: Int)] {
        guard let daylight else { return [] }
        let year = CivilTime(seconds: moment).year
        return (year - 1...year + 1).flatMap { year in
            [
                (time: Self.seconds(of: daylight.from, year) - standard, offset: daylight.offset),
                (time: Self.seconds(of: daylight.to, year) - daylight.offset, offset: standard),
            ]
        }.sorted { $0.time < $1.time }
    }

    /// As the clocks before the change show it.
    private static func seconds(of change: Change, _ year: Int) -> Int {
        let newYear = Calendar.day(year, 1, 1)
        let day: Int
        switch change.day {
        case .ofYear(let number): day = newYear + number
        case .julian(let number): day = newYear + number - 1 + (Calendar.isLeap(year) && number >= 60 ? 1 : 0)
        case .weekday(let month, let week, let weekday):
            let start = Calendar.day(year, month, 1)
            let end = month == 12 ? Calendar.day(year + 1, 1, 1) : Calendar.day(year, month + 1, 1)
            let first = start + (weekday - Calendar.weekday(ofDay: start) + 7) % 7
            let wanted = first + (week - 1) * 7
            day = wanted < end ? wanted : wanted - 7
        }
        return day * 86_400 + change.time
    }
}

extension DaylightRule {
    /// Reads such a text from its front.
    fileprivate struct Reader {
        private let bytes: [UInt8]
        private var place = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { place == bytes.count }
        var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

        private mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard peek == UInt8(ascii: character) else { return false }
            place += 1
            return true
        }

        /// `CET` or `<+1030>`; false if there is none.
        mutating func name() -> Bool {
            let isQuoted = skip("<")
            let start = place
            while let byte = peek, isQuoted ? byte != UInt8(ascii: ">") : Self.isLetter(byte) { place += 1 }
            let isLong = place - start >= (isQuoted ? 1 : 3)
            return isLong && (!isQuoted || skip(">"))
        }

        private static func isLetter(_ byte: UInt8) -> Bool {
            (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }

        private mutating func number(to most: Int) -> Int? {
            let start = place
            while let byte = peek, (0x30...0x39).contains(byte), place - start < 4 { place += 1 }
            return Int(String(decoding: bytes[start..<place], as: UTF8.self)).flatMap { $0 <= most ? $0 : nil }
        }

        /// `5`, `-10:30`, `+1:00:30`, in seconds.
        mutating func offset() -> Int? {
            let sign = skip("-") ? -1 : 1
            if sign == 1 { _ = skip("+") }
            guard let hours = number(to: 167) else { return nil }
            var seconds = hours * 3600
            for unit in [60, 1] {
                guard skip(":") else { break }
                guard let part = number(to: 59) else { return nil }
                seconds += part * unit
            }
            return sign * seconds
        }

        /// `,M3.5.0/3`, `,J60`, `,59`.
        mutating func change() -> Change? {
            guard skip(",") else { return nil }
            let day: Change.Day
            if skip("M") {
                guard let month = number(to: 12), month > 0, skip("."), let week = number(to: 5), week > 0, skip("."),
                    let weekday = number(to: 6)
                else { return nil }
                day = .weekday(month: month, week: week, weekday: weekday)
            } else if skip("J") {
                guard let number = number(to: 365), number > 0 else { return nil }
                day = .julian(number)
            } else {
                guard let number = number(to: 365) else { return nil }
                day = .ofYear(number)
            }
            guard skip("/") else { return Change(day: day, time: 7200) }
            guard let time = offset() else { return nil }
            return Change(day: day, time: time)
        }
    }
}
