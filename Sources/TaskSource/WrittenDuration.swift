/// A length of time as people write it: `90s`, `15m`, `1h30m`, `2d`, `1w`; a number alone is seconds.
package enum WrittenDuration {
    private static let units: [(letter: Character, milliseconds: Int)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
    ]

    /// How to write one, for messages.
    package static let examples = "90s, 15m, 1h30m or 2d"

    /// In milliseconds; nil for anything else, for nothing at all, and for more than a century. Larger units come
    /// before smaller ones, and none of them twice.
    package static func milliseconds(_ text: String) -> Int? {
        if let seconds = Int(text), seconds > 0 { return bounded(seconds, 1000) }
        var total = 0
        var rest = text[...]
        var remaining = units[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            guard let number = Int(digits), let letter = rest.popFirst(),
                let unit = remaining.firstIndex(where: { $0.letter == letter }),
                let part = bounded(number, remaining[unit].milliseconds), let sum = bounded(total + part, 1)
            else { return nil }
            total = sum
            remaining = remaining[(unit + 1)...]
        }
        return total > 0 ? total : nil
    }

    private static let longest = 100 * 366 * 86_400_000

    private static func bounded(_ number: Int, _ factor: Int) -> Int? {
        let (product, isTooLarge) = number.multipliedReportingOverflow(by: factor)
        return isTooLarge || product > longest ? nil : product
    }
}
