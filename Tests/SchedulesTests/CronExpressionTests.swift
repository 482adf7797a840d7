import Schedules
import Testing

@Suite struct CronExpressionTests {
    private func next(_ text: String, after start: String, _ count: Int = 1) throws -> [String] {
        let expression = try CronExpression(text)
        var times: [String] = []
        var last = try moment(start)
        while times.count < count, let time = expression.next(after: last, in: .utc) {
            last = time
            times.append(shown(time))
        }
        return times
    }

    @Test(arguments: [
        ("* * * * *", "2026-11-23T09:31:00Z"), ("*/15 * * * *", "2026-11-23T09:45:00Z"),
        ("0 6 * * *", "2026-11-24T06:00:00Z"), ("@daily", "2026-11-24T00:00:00Z"),
        ("@midnight", "2026-11-24T00:00:00Z"), ("@hourly", "2026-11-23T10:00:00Z"), ("@Weekly", "2026-11-29T00:00:00Z"),
        ("@monthly", "2026-12-01T00:00:00Z"), ("@yearly", "2027-01-01T00:00:00Z"),
        ("@annually", "2027-01-01T00:00:00Z"),
        ("0 0 29 2 *", "2028-02-29T00:00:00Z"), ("30 9 * * *", "2026-11-24T09:30:00Z"),
        ("31 9 23 11 *", "2026-11-23T09:31:00Z"), ("0 12 * * MON-fri", "2026-11-23T12:00:00Z"),
        ("0 12 * * 0", "2026-11-29T12:00:00Z"), ("0 12 * * 7", "2026-11-29T12:00:00Z"),
        ("0 12 * * 5-7", "2026-11-27T12:00:00Z"), ("0 0 1 jan,Jul *", "2027-01-01T00:00:00Z"),
        ("5/20 * * * *", "2026-11-23T09:45:00Z"), ("0-10/5,58 9 * * *", "2026-11-23T09:58:00Z"),
        ("0\t0   31 * *", "2026-12-31T00:00:00Z"),
    ])
    func next_isTheFirstMinuteThatFits_afterTheGivenOne(_ expression: String, _ expected: String) throws {
        #expect(try next(expression, after: "2026-11-23T09:30:00Z") == [expected])
    }

    /// Neither field for days begins with `*`: either suffices. One that does leaves it to the other.
    @Test func dayOfMonthAndWeekday_fitEither_unlessOneIsOpen() throws {
        #expect(
            try next("0 6 1 * mon", after: "2026-11-23T09:30:00Z", 3) == [
                "2026-11-30T06:00:00Z", "2026-12-01T06:00:00Z", "2026-12-07T06:00:00Z",
            ])
        #expect(try next("0 6 * * mon", after: "2026-11-23T09:30:00Z") == ["2026-11-30T06:00:00Z"])
        #expect(try next("0 6 1 * *", after: "2026-11-23T09:30:00Z") == ["2026-12-01T06:00:00Z"])
        // Every second day, and a Monday.
        #expect(try next("0 6 */2 * mon", after: "2026-11-23T09:30:00Z") == ["2026-12-07T06:00:00Z"])
    }

    @Test(arguments: [
        ("", "has 0 fields"), ("* * * *", "has 4 fields"), ("* * * * * *", "has 6 fields"), ("@often", "is not known"),
        ("60 * * * *", "60 is no minute: it goes from 0 to 59"), ("* 24 * * *", "24 is no hour"),
        ("* * 0 * *", "0 is no day of month: it goes from 1 to 31"), ("* * * 13 *", "13 is no month"),
        ("* * * * 8", "8 is no day of the week"), ("* * * foo *", "\"foo\" is no month"), ("a * * * *", "is no minute"),
        ("5-1 * * * *", "ends before it begins: write 5-59,0-1"), ("*/0 * * * *", "is no step"),
        ("*/x * * * *", "is no step"), ("1,,2 * * * *", "\"\" is no minute"), ("1-2-3 * * * *", "is no minute"),
        ("1/2/3 * * * *", "is no minute"), ("* * L * *", "\"L\" is no day of month"), ("-5 * * * *", "is no minute"),
        ("+5 * * * *", "is no minute"), ("٣ * * * *", "is no minute"), ("99999999999999999999 * * * *", "is no minute"),
        ("0 0 31 2 *", "fits no day of any year"), ("0 0 30-31 feb *", "fits no day of any year"),
    ])
    func whatIsNone_isRefused_inWordsThatHelp(_ expression: String, _ expected: String) {
        let error = #expect(throws: CronError.self) { try CronExpression(expression) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    /// One month's days, two months' starts.
    @Test func wholeYear_hasAllThatFit() throws {
        let times = try next("0 0 * * *", after: "2027-12-31T00:00:00Z", 367)
        #expect(times[0] == "2028-01-01T00:00:00Z")
        #expect(times[59] == "2028-02-29T00:00:00Z")
        #expect(times[366] == "2029-01-01T00:00:00Z")
    }
}

/// Against a walk through every minute, for expressions that are made of known sets.
@Suite struct CronWalkTests {
    /// An expression, and which numbers each of its fields has.
    private struct Sample {
        var text: String
        var fields: [Set<Int>]
        var isDayOpen: Bool
        var isWeekdayOpen: Bool

        init(_ generator: inout SeededGenerator) {
            var texts: [String] = []
            fields = []
            let ranges = [0...59, 0...23, 1...31, 1...12, 0...6]
            for (place, range) in ranges.enumerated() {
                // Months are open as a rule: else most samples would fit nothing in the days that are walked.
                let isOpen = Int.random(in: 0..<10, using: &generator) < (place == 3 ? 9 : 5)
                if isOpen {
                    let step = Int.random(in: 1...4, using: &generator)
                    texts.append(step == 1 ? "*" : "*/\(step)")
                    fields.append(Set(stride(from: range.lowerBound, through: range.upperBound, by: step)))
                    continue
                }
                var set: Set<Int> = []
                var items: [String] = []
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    let low = Int.random(in: range, using: &generator)
                    let high = Int.random(in: low...range.upperBound, using: &generator)
                    let step = Int.random(in: 1...3, using: &generator)
                    set.formUnion(stride(from: low, through: high, by: step))
                    items.append(low == high ? "\(low)" : step == 1 ? "\(low)-\(high)" : "\(low)-\(high)/\(step)")
                }
                texts.append(items.joined(separator: ","))
                fields.append(set)
            }
            text = texts.joined(separator: " ")
            isDayOpen = texts[2].hasPrefix("*")
            isWeekdayOpen = texts[4].hasPrefix("*")
        }

        /// - Parameter weekday: 0 is Sunday.
        func fits(_ time: CivilTime, weekday: Int) -> Bool {
            guard fields[0].contains(time.minute), fields[1].contains(time.hour), fields[3].contains(time.month) else {
                return false
            }
            let (isDay, isWeekday) = (fields[2].contains(time.day), fields[4].contains(weekday))
            return isDayOpen || isWeekdayOpen ? isDay && isWeekday : isDay || isWeekday
        }
    }

    /// Around changes of the clocks, of half an hour and of none.
    @Test(arguments: [
        ("Europe/Berlin", "2026-03-27T00:00:00Z"), ("Europe/Berlin", "2026-10-23T00:00:00Z"),
        ("America/New_York", "2026-03-06T00:00:00Z"), ("America/New_York", "2026-10-30T00:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-02T00:00:00Z"), ("Australia/Lord_Howe", "2026-10-01T00:00:00Z"),
        ("Asia/Kolkata", "2026-02-26T00:00:00Z"), ("UTC", "2027-12-29T00:00:00Z"),
    ])
    func moments_areThoseOfAWalkThroughEveryMinute(name: String, start: String) throws {
        let zone = try zone(name)
        let (first, days) = (try moment(start), 5)
        let last = first + days * 86_400
        // What the clocks show from minute to minute; a minute that they skip counts as the one at which they do.
        var shown: [(moment: Int, civil: Int)] = []
        var highest = first - 60 + zone.offset(at: first - 60)
        for time in stride(from: first, through: last, by: 60) {
            let civil = time + zone.offset(at: time)
            // Nothing is shown a second time.
            for minute in stride(from: highest + 60, through: civil, by: 60) { shown.append((time, minute)) }
            highest = max(highest, civil)
        }
        var generator = SeededGenerator(state: 11)
        for _ in 0..<60 {
            let sample = Sample(&generator)
            guard let expression = try? CronExpression(sample.text) else { continue }
            var expected: [Int] = []
            for (time, civil) in shown {
                let days = civil / 86_400
                if sample.fits(CivilTime(seconds: civil), weekday: (days + 4) % 7), expected.last != time {
                    expected.append(time)
                }
            }
            var found: [Int] = []
            var time = first - 1
            while let next = expression.next(after: time, in: zone), next <= last {
                found.append(next)
                time = next
            }
            #expect(found == expected, "\(sample.text) in \(name)")
        }
    }
}
