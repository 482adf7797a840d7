/// Reads one YAML document.
///
/// Accepts UTF-8, and UTF-16 with a byte order mark; LF, CRLF and CR. Refuses what would make the text mean something
/// else than it seems to, or cost more than its size: duplicate keys, keys that are no scalars, merge keys (`<<`), tags
/// other than those of the core schema, a second document, and whatever exceeds `limits`.
///
/// - Returns: The root; nil if the text has no document, only comments or nothing at all.
/// - Throws: The first fault; reading can't go on behind it.
package func parseYAML(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) throws(YAMLError) -> YAMLNode? {
    guard bytes.count <= limits.bytes else {
        throw YAMLError(
            message: "the text has \(bytes.count) bytes; at most \(limits.bytes) are read",
            mark: YAMLMark(line: 1, column: 1)
        )
    }
    try refuseDirectives(in: bytes)
    var composer = YAMLComposer(reader: try YAMLEventReader(bytes), limits: limits)
    return try composer.document()
}

/// libyaml compares each `%TAG` line with all before it, so that a file full of them takes hours: few are let through.
private func refuseDirectives(in bytes: [UInt8]) throws(YAMLError) {
    let most = 100
    guard bytes.count(where: { $0 == UInt8(ascii: "%") }) > most else { return }
    var found = 0
    var line = 1
    var startsLine = true
    for scalar in text(of: bytes).unicodeScalars where scalar != "\u{FEFF}" {
        if startsLine, scalar == "%" {
            found += 1
            if found > most {
                throw YAMLError(
                    message: "more than \(most) lines begin with %; remove them, or indent them",
                    mark: YAMLMark(line: line, column: 1)
                )
            }
        }
        switch scalar {
        case "\n":
            line += 1
            startsLine = true
        case "\r", "\u{85}", "\u{2028}", "\u{2029}": startsLine = true
        default: startsLine = false
        }
    }
}

/// The text that libyaml will see, as far as it is well-formed.
private func text(of bytes: [UInt8]) -> String {
    let units = stride(from: 0, to: bytes.count - 1, by: 2)
    if bytes.starts(with: [0xFF, 0xFE]) {
        return String(decoding: units.map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }, as: UTF16.self)
    }
    if bytes.starts(with: [0xFE, 0xFF]) {
        return String(decoding: units.map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }, as: UTF16.self)
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Builds the tree from the events, recursing no deeper than the limit.
private struct YAMLComposer {
    let reader: YAMLEventReader
    let limits: YAMLLimits
    private var anchors: [String: Anchor] = [:]
    private var aliases = 0
    private var nodes = 0

    /// A node with a name, once it is complete.
    private struct Anchor {
        /// Nil while the node is still being read: an alias to it would make it contain itself.
        var measured: Measured?
    }

    /// A node, with what an alias to it costs.
    private struct Measured {
        var node: YAMLNode
        var nodes = 1
        /// 0 for a scalar, else one more than the highest child.
        var height = 0
    }

    init(reader: YAMLEventReader, limits: YAMLLimits) {
        self.reader = reader
        self.limits = limits
    }

    mutating func document() throws(YAMLError) -> YAMLNode? {
        while true {
            let event = try reader.next()
            switch event.kind {
            case .streamEnd: return nil
            case .documentStart:
                let root = try node(try reader.next(), depth: 0).node
                try end()
                return root
            default: continue
            }
        }
    }

    private mutating func end() throws(YAMLError) {
        while true {
            let event = try reader.next()
            switch event.kind {
            case .streamEnd: return
            case .documentStart:
                throw YAMLError(
                    message: "a second document begins here; put one document in a file, without a line --- inside",
                    mark: event.mark
                )
            default: continue
            }
        }
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> Measured {
        switch event.kind {
        case .alias(let name): return try alias(name, at: event.mark, depth: depth)
        case .scalar(let text, let isPlain, let tag, let anchor):
            try count(1, at: event.mark)
            let known = try scalarTag(tag, text: text, at: event.mark)
            let content = YAMLNode.Content.scalar(text: text, isPlain: isPlain, tag: known)
            return record(Measured(node: YAMLNode(content, mark: event.mark)), as: anchor)
        case .sequenceStart(let tag, let anchor):
            try collection(tag, "tag:yaml.org,2002:seq", at: event.mark, depth: depth)
            begin(anchor)
            return record(try sequence(at: event.mark, depth: depth), as: anchor)
        case .mappingStart(let tag, let anchor):
            try collection(tag, "tag:yaml.org,2002:map", at: event.mark, depth: depth)
            begin(anchor)
            return record(try mapping(at: event.mark, depth: depth), as: anchor)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
            throw YAMLError(message: "a value should be here", mark: event.mark)
        }
    }

    private mutating func sequence(at mark: YAMLMark, depth: Int) throws(YAMLError) -> Measured {
        var elements: [YAMLNode] = []
        var sum = Measured(node: YAMLNode(.sequence([]), mark: mark), height: 1)
        while true {
            let event = try reader.next()
            if case .sequenceEnd = event.kind { break }
            let element = try node(event, depth: depth + 1)
            elements.append(element.node)
            sum.nodes += element.nodes
            sum.height = max(sum.height, element.height + 1)
        }
        sum.node.content = .sequence(elements)
        return sum
    }

    private mutating func mapping(at mark: YAMLMark, depth: Int) throws(YAMLError) -> Measured {
        var members: [YAMLMember] = []
        var lines: [String: Int] = [:]
        var sum = Measured(node: YAMLNode(.mapping([]), mark: mark), height: 1)
        while true {
            let event = try reader.next()
            if case .mappingEnd = event.kind { break }
            let key = try key(event, depth: depth + 1)
            if let first = lines.updateValue(event.mark.line, forKey: key) {
                throw YAMLError(
                    message: "the key \(quoted(key)) is there twice, first in line \(first); keep one of them",
                    mark: event.mark
                )
            }
            let value = try node(try reader.next(), depth: depth + 1)
            members.append(YAMLMember(key: key, mark: event.mark, value: value.node))
            sum.nodes += 1 + value.nodes
            sum.height = max(sum.height, value.height + 1)
        }
        sum.node.content = .mapping(members)
        return sum
    }

    private mutating func key(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> String {
        guard case .scalar(let text, let isPlain, let tag, _) = event.kind else {
            throw YAMLError(message: "a key should be a word or a text in quotes", mark: event.mark)
        }
        if text == "<<", isPlain || tag == "tag:yaml.org,2002:merge" {
            throw YAMLError(message: "merge keys (<<) are not supported; write the keys out", mark: event.mark)
        }
        _ = try node(event, depth: depth)
        return text
    }

    // MARK: anchors and aliases

    private mutating func begin(_ anchor: String?) {
        if let anchor { anchors[anchor] = Anchor(measured: nil) }
    }

    private mutating func record(_ measured: Measured, as anchor: String?) -> Measured {
        if let anchor { anchors[anchor] = Anchor(measured: measured) }
        return measured
    }

    private mutating func alias(_ name: String, at mark: YAMLMark, depth: Int) throws(YAMLError) -> Measured {
        aliases += 1
        if aliases > limits.aliases {
            throw YAMLError(message: "more than \(limits.aliases) aliases", mark: mark)
        }
        guard let anchor = anchors[name] else {
            throw YAMLError(
                message: "the alias *\(name.prefix(80)) names nothing; no &\(name.prefix(80)) before it", mark: mark)
        }
        guard let measured = anchor.measured else {
            throw YAMLError(message: "the alias *\(name.prefix(80)) stands inside of what it names", mark: mark)
        }
        try count(measured.nodes, at: mark)
        if depth + measured.height > limits.depth { throw tooDeep(mark) }
        return measured
    }

    // MARK: limits and tags

    private mutating func count(_ more: Int, at mark: YAMLMark) throws(YAMLError) {
        nodes += more
        if nodes > limits.nodes {
            throw YAMLError(message: "more than \(limits.nodes) values, with aliases expanded", mark: mark)
        }
    }

    private func tooDeep(_ mark: YAMLMark) -> YAMLError {
        YAMLError(message: "nested more than \(limits.depth) deep", mark: mark)
    }

    private mutating func collection(
        _ tag: String?, _ own: String, at mark: YAMLMark, depth: Int
    ) throws(YAMLError) {
        if depth >= limits.depth { throw tooDeep(mark) }
        try count(1, at: mark)
        if let tag, tag != "!", tag != own { throw unknownTag(tag, mark) }
    }

    private func scalarTag(_ tag: String?, text: String, at mark: YAMLMark) throws(YAMLError) -> YAMLTag? {
        guard let tag else { return nil }
        if tag == "!" { return .string }
        guard let known = YAMLTag(rawValue: tag) else { throw unknownTag(tag, mark) }
        guard YAMLScalar(text, tag: known) != nil else {
            throw YAMLError(message: "\(quoted(text)) is not what its tag \(short(tag)) says", mark: mark)
        }
        return known
    }

    private func unknownTag(_ tag: String, _ mark: YAMLMark) -> YAMLError {
        YAMLError(message: "the tag \(short(tag)) is not known here; remove it", mark: mark)
    }

    private func short(_ tag: String) -> String {
        let prefix = "tag:yaml.org,2002:"
        return String((tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag[...]).prefix(80))
    }

    private func quoted(_ text: String) -> String {
        let clean = text.prefix(80).unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        return "\"" + String(String.UnicodeScalarView(clean)) + "\""
    }
}
