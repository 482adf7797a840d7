extension Character {
    /// How many columns a terminal gives this character: 0, 1 or 2.
    package var displayWidth: Int {
        if isASCII { return 1 }
        var width = 0
        for scalar in unicodeScalars {
            if scalar.value == 0xFE0F { return 2 }  // asks for the emoji form of what stands before it
            width = max(width, scalar.displayWidth)
        }
        return width
    }
}

extension StringProtocol {
    /// How many columns a terminal gives this text.
    package var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }
}

extension Unicode.Scalar {
    fileprivate var displayWidth: Int {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if properties.isEmojiPresentation { return 2 }
        return WideScalars.contains(value) ? 2 : 1
    }
}

/// The code points that Unicode's East Asian Width calls wide or fullwidth, but for emoji, whose width is a property
/// that the standard library knows.
private enum WideScalars {
    /// In ascending order.
    private static let ranges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x2FFFD,
        0x30000...0x3FFFD,
    ]

    static func contains(_ value: UInt32) -> Bool {
        value >= 0x1100 && ranges.contains { $0.contains(value) }
    }
}
