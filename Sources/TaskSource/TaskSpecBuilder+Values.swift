import JSON

/// The kinds of values that fields have: each reports what is wrong, and then is nil.
extension TaskSpecBuilder {
    mutating func text(_ field: TaskField) -> String? {
        if let text = field.value.string { return text }
        let advice =
            switch field.value {
            case .bool, .int, .double: "; put it in quotes"
            default: ""
            }
        report(field, "should be a text, but is \(Quoting.value(field.value))\(advice)")
        return nil
    }

    /// A text on one line that is not blank, without white space around it.
    mutating func line(_ field: TaskField, atMost longest: Int) -> String? {
        guard let text = text(field).map(Characters.trimmed) else { return nil }
        if text.isEmpty {
            report(field, "is empty; give it a value, or remove the key")
            return nil
        }
        if Characters.hasControl(text) {
            report(field, "should be one line without control characters, but is \(Quoting.text(text))")
            return nil
        }
        let count = text.unicodeScalars.count
        if count > longest {
            report(field, "has \(count) characters; at most \(longest) are allowed, shorten it")
            return nil
        }
        return text
    }

    mutating func whole(_ key: TaskKey, in range: ClosedRange<Int>) -> Int? {
        guard let field = fields[key] else { return nil }
        guard let value = field.value.int, range.contains(value) else {
            report(
                field,
                "should be a whole number from \(range.lowerBound) to \(range.upperBound), "
                    + "but is \(Quoting.value(field.value))"
            )
            return nil
        }
        return value
    }

    mutating func seconds(_ key: TaskKey) -> Double? {
        guard let field = fields[key] else { return nil }
        guard let value = field.value.double, value > 0, value <= Self.longestTime else {
            report(
                field,
                "should be a number of seconds above 0 and at most \(Int(Self.longestTime)) (7 days), "
                    + "but is \(Quoting.value(field.value))"
            )
            return nil
        }
        return value
    }
}
