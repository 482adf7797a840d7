/// A YAML document in memory. Aliases are expanded, keys are strings and occur once.
package struct YAMLNode: Sendable, Hashable {
    package indirect enum Content: Sendable, Hashable {
        /// `isPlain` is true of a scalar without quotes that is no block (`|`, `>`): only those can be anything but a
        /// string, unless a tag says so.
        case scalar(text: String, isPlain: Bool, tag: YAMLTag?)
        case sequence([YAMLNode])
        case mapping([YAMLMember])
    }

    package var content: Content
    /// Where the node begins; for an alias, where the node stands that it names.
    package var mark: YAMLMark

    package init(_ content: Content, mark: YAMLMark) {
        self.content = content
        self.mark = mark
    }
}

/// A key and its value, in the order in which they were written.
package struct YAMLMember: Sendable, Hashable {
    package var key: String
    /// Where the key begins.
    package var mark: YAMLMark
    package var value: YAMLNode

    package init(key: String, mark: YAMLMark, value: YAMLNode) {
        self.key = key
        self.mark = mark
        self.value = value
    }
}

/// The tags that a scalar may carry.
package enum YAMLTag: String, Sendable, Hashable, CaseIterable {
    case string = "tag:yaml.org,2002:str"
    case int = "tag:yaml.org,2002:int"
    case float = "tag:yaml.org,2002:float"
    case bool = "tag:yaml.org,2002:bool"
    case null = "tag:yaml.org,2002:null"
}

extension YAMLNode {
    /// What a scalar means; nil for a sequence or a mapping.
    package var scalar: YAMLScalar? {
        guard case .scalar(let text, let isPlain, let tag) = content else { return nil }
        if let tag { return YAMLScalar(text, tag: tag) ?? .string(text) }
        return isPlain ? YAMLScalar(plain: text) : .string(text)
    }

    /// The members of a mapping; nil for anything else.
    package var members: [YAMLMember]? {
        guard case .mapping(let members) = content else { return nil }
        return members
    }

    /// The elements of a sequence; nil for anything else.
    package var elements: [YAMLNode]? {
        guard case .sequence(let elements) = content else { return nil }
        return elements
    }

    /// The value of a mapping's key; nil for a key that is not there and for anything that is no mapping.
    package subscript(key: String) -> YAMLNode? { members?.first { $0.key == key }?.value }
}
