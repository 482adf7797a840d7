/// Reads a pattern, and makes the steps of it.
struct RegexParser {
    private let pattern: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false

    /// What was read, before it is laid out in steps.
    private indirect enum Node {
        case empty
        case step(RegexStep)
        case sequence([Node])
        case either([Node])
        case times(Node, least: Int, most: Int?)
    }

    init(_ pattern: String) { self.pattern = Array(pattern.unicodeScalars) }

    mutating func compile() throws(LinearRegex.Problem) -> [RegexStep] {
        guard pattern.count <= LinearRegex.longest else {
            throw LinearRegex.Problem(
                message: "the pattern has \(pattern.count) characters; at most \(LinearRegex.longest) are taken")
        }
        if pattern.starts(with: "(?i)".unicodeScalars) {
            ignoresCase = true
            position = 4
        }
        let node = try alternatives()
        if position < pattern.count { throw problem("a ) without its (") }
        var program: [RegexStep] = []
        try Self.lay(node, &program)
        program.append(.match)
        return program
    }

    private func problem(_ what: String) -> LinearRegex.Problem {
        LinearRegex.Problem(message: "the pattern has \(what) at character \(min(position, pattern.count - 1) + 1)")
    }

    private var next: Unicode.Scalar? { position < pattern.count ? pattern[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func alternatives() throws(LinearRegex.Problem) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw problem("groups more than 50 deep") }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .either(branches)
    }

    private mutating func sequence() throws(LinearRegex.Problem) -> Node {
        var nodes: [Node] = []
        while let scalar = next, scalar != "|", scalar != ")" { nodes.append(try repeated(try atom())) }
        return nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func repeated(_ atom: Node) throws(LinearRegex.Problem) -> Node {
        var node = atom
        while let scalar = next {
            switch scalar {
            case "*": node = .times(node, least: 0, most: nil)
            case "+": node = .times(node, least: 1, most: nil)
            case "?": node = .times(node, least: 0, most: 1)
            case "{":
                guard let (least, most, end) = counts() else { return node }
                if least > 1000 || most ?? 0 > 1000 { throw problem("more than 1000 repetitions") }
                if let most, most < least { throw problem("a repetition whose end is before its beginning") }
                position = end
                node = .times(node, least: least, most: most)
                _ = take("?")
                continue
            default: return node
            }
            position += 1
            if take("+") { throw problem("a possessive repetition, which is not known,") }
            _ = take("?")
        }
        return node
    }

    /// `{n}`, `{n,}` or `{n,m}` at this place, and where it ends; nil for a brace that means itself.
    private func counts() -> (least: Int, most: Int?, end: Int)? {
        guard let close = pattern[position...].firstIndex(of: "}") else { return nil }
        let inside = String(String.UnicodeScalarView(pattern[position + 1..<close]))
        let parts = inside.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, first.utf8.count <= 6, let least = Int(first), least >= 0 else { return nil }
        if parts.count == 1 { return (least, least, close + 1) }
        if parts[1].isEmpty { return (least, nil, close + 1) }
        guard parts[1].utf8.count <= 6, let most = Int(parts[1]), most >= 0 else { return nil }
        return (least, most, close + 1)
    }

    private mutating func atom() throws(LinearRegex.Problem) -> Node {
        guard let scalar = next else { return .empty }
        switch scalar {
        case "*", "+", "?": throw problem("a repetition of nothing")
        case "(":
            position += 1
            if take("?"), !take(":") {
                throw problem("a group of a kind that is not known (only (?: and a leading (?i) are)")
            }
            let node = try alternatives()
            guard take(")") else { throw problem("a ( without its )") }
            return node
        case "[":
            position += 1
            return .step(.one(try bracket()))
        case ".":
            position += 1
            return .step(.one(RegexSet(ranges: [0x0A...0x0A], isNegated: true)))
        case "^":
            position += 1
            return .step(.lineStart)
        case "$":
            position += 1
            return .step(.lineEnd)
        case "\\":
            position += 1
            if take("b") { return .step(.wordEdge(true)) }
            if take("B") { return .step(.wordEdge(false)) }
            return .step(.one(RegexSet(ranges: try escape(), ignoresCase: ignoresCase)))
        default:
            position += 1
            return .step(.one(RegexSet(ranges: [scalar.value...scalar.value], ignoresCase: ignoresCase)))
        }
    }

    /// What stands behind a backslash.
    private mutating func escape() throws(LinearRegex.Problem) -> [ClosedRange<UInt32>] {
        guard let scalar = next else { throw problem("a backslash with nothing behind it") }
        let ranges: [ClosedRange<UInt32>]
        switch scalar {
        case "d": ranges = RegexSet.digits
        case "D": ranges = RegexSet.others(than: RegexSet.digits)
        case "w": ranges = RegexSet.word
        case "W": ranges = RegexSet.others(than: RegexSet.word)
        case "s": ranges = RegexSet.space
        case "S": ranges = RegexSet.others(than: RegexSet.space)
        case "t": ranges = [0x09...0x09]
        case "n": ranges = [0x0A...0x0A]
        case "r": ranges = [0x0D...0x0D]
        case _ where scalar.isASCII && scalar.properties.numericType != nil:
            throw problem("a back reference, which is not known,")
        case _ where scalar.isASCII && scalar.properties.isAlphabetic:
            throw problem("an escape \\\(scalar) that is not known")
        default: ranges = [scalar.value...scalar.value]
        }
        position += 1
        return ranges
    }

    /// What follows a `[`.
    private mutating func bracket() throws(LinearRegex.Problem) -> RegexSet {
        var set = RegexSet(ignoresCase: ignoresCase)
        set.isNegated = take("^")
        var isFirst = true
        while let scalar = next, scalar != "]" || isFirst {
            isFirst = false
            let low = try member()
            guard low.count == 1, low[0].count == 1, next == "-", position + 1 < pattern.count,
                pattern[position + 1] != "]"
            else {
                set.ranges += low
                continue
            }
            position += 1
            let high = try member()
            guard high.count == 1, high[0].count == 1, low[0].lowerBound <= high[0].lowerBound else {
                throw problem("a range that is none")
            }
            set.ranges.append(low[0].lowerBound...high[0].lowerBound)
        }
        guard take("]") else { throw problem("a [ without its ]") }
        return set
    }

    private mutating func member() throws(LinearRegex.Problem) -> [ClosedRange<UInt32>] {
        if take("\\") { return try escape() }
        guard let scalar = next else { throw problem("a [ without its ]") }
        position += 1
        return [scalar.value...scalar.value]
    }

    // MARK: steps

    private static func lay(_ node: Node, _ program: inout [RegexStep]) throws(LinearRegex.Problem) {
        guard program.count <= LinearRegex.mostSteps else {
            throw LinearRegex.Problem(message: "the pattern is too large once its repetitions are written out")
        }
        switch node {
        case .empty: return
        case .step(let step): program.append(step)
        case .sequence(let nodes): for node in nodes { try lay(node, &program) }
        case .either(let branches):
            var ends: [Int] = []
            for branch in branches.dropLast() {
                let split = program.count
                program.append(.jump(0))
                try lay(branch, &program)
                ends.append(program.count)
                program.append(.jump(0))
                program[split] = .split(split + 1, program.count)
            }
            if let last = branches.last { try lay(last, &program) }
            for end in ends { program[end] = .jump(program.count) }
        case .times(let node, let least, let most):
            for _ in 0..<least { try lay(node, &program) }
            if let most {
                var splits: [Int] = []
                for _ in least..<most {
                    splits.append(program.count)
                    program.append(.jump(0))
                    try lay(node, &program)
                }
                for split in splits { program[split] = .split(split + 1, program.count) }
            } else {
                let split = program.count
                program.append(.jump(0))
                try lay(node, &program)
                program.append(.jump(split))
                program[split] = .split(split + 1, program.count)
            }
        }
    }
}
