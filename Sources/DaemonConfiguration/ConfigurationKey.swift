import JSON
import SystemPackage
import YAML

/// What this version does with a key.
enum ConfigurationUse: Sendable, Equatable {
    case inForce
    /// Says something about the connector that `storage.class` names.
    case ofConnector
    /// Belongs to OpenLoom 0.17 alone.
    case meaningless(String)
}

/// A value that was found somewhere, before it is read.
struct ConfigurationCandidate {
    /// Who has the last word.
    enum Layer: Int, Comparable, CaseIterable {
        case file, environment, flag
        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    var layer: Layer
    var spelling: ConfigurationSpelling
    var node: YAMLNode
    var reader: ConfigurationReader
}

/// What a key came to.
struct ConfigurationOutcome {
    var value: any Sendable
    var shown: JSONValue
    var origin: ConfigurationOrigin
    /// The name that it was given under, where that is another than the key's own.
    var otherName: String?
}

/// A key, without the type of its values.
protocol AnyConfigurationKey: Sendable {
    var name: String { get }
    /// All names for the key; the first is its own.
    var spellings: [ConfigurationSpelling] { get }
    var use: ConfigurationUse { get }
    /// The default for a person: `30`, `SPOOL/inbox`.
    var standard: String { get }
    /// Why the key may not stand in a file, with what to do instead.
    var refusalInFile: String? { get }
    /// Whether the value itself is a mapping, whose members are no keys.
    var takesMapping: Bool { get }
    /// The default as it is shown.
    var shownFallback: JSONValue { get }

    /// Turns the text of a variable into what a file would hold.
    func node(ofVariable text: String) throws(YAMLError) -> YAMLNode
    /// Reads every candidate and picks the one with the last word; nil if there is none that can be read.
    func resolve(_ candidates: [ConfigurationCandidate], _ problems: inout ConfigurationProblems)
        -> ConfigurationOutcome?
}

/// A key and the values it takes.
struct ConfigurationKey<Value: Sendable & Equatable>: AnyConfigurationKey {
    var name: String { spellings[0].name }
    let spellings: [ConfigurationSpelling]
    let kind: ConfigurationKind<Value>
    let fallback: Value
    let standard: String
    let use: ConfigurationUse
    let refusalInFile: String?
    /// Whether an empty text is the same as not giving the key.
    let emptyIsNone: Bool

    init(
        _ first: ConfigurationSpelling, _ others: ConfigurationSpelling..., kind: ConfigurationKind<Value>,
        fallback: Value, standard: String? = nil, use: ConfigurationUse = .inForce, refusalInFile: String? = nil,
        emptyIsNone: Bool = false
    ) {
        spellings = [first] + others
        self.kind = kind
        self.fallback = fallback
        self.standard = standard ?? kind.show(fallback).shown
        self.use = use
        self.refusalInFile = refusalInFile
        self.emptyIsNone = emptyIsNone
    }

    var takesMapping: Bool { kind.shape == .yaml }
    var shownFallback: JSONValue { kind.show(fallback) }

    func node(ofVariable text: String) throws(YAMLError) -> YAMLNode {
        let readsYAML = kind.shape == .yaml || (kind.shape == .list && text.hasPrefix("["))
        if readsYAML, let node = try parseYAML(Array(text.utf8), limits: ConfigurationFile.limits) { return node }
        return YAMLNode(.scalar(text: text, isPlain: false, tag: nil), mark: YAMLMark(line: 1, column: 1))
    }

    func resolve(
        _ candidates: [ConfigurationCandidate], _ problems: inout ConfigurationProblems
    ) -> ConfigurationOutcome? {
        var best: (value: Value, candidate: ConfigurationCandidate)?
        for layer in ConfigurationCandidate.Layer.allCases {
            var first: (value: Value, candidate: ConfigurationCandidate)?
            for candidate in candidates where candidate.layer == layer {
                guard let value = read(candidate, &problems) else { continue }
                if let first {
                    if first.value != value { problems.add(conflict(first, candidate, value)) }
                } else {
                    first = (value, candidate)
                }
            }
            best = first ?? best
        }
        return best.map { value, candidate in
            ConfigurationOutcome(
                value: value, shown: kind.show(value), origin: candidate.place,
                otherName: candidate.layer == .file && candidate.spelling.name != name ? candidate.spelling.name : nil
            )
        }
    }

    private func read(_ candidate: ConfigurationCandidate, _ problems: inout ConfigurationProblems) -> Value? {
        var reader = candidate.reader
        defer { problems.add(reader.problems) }
        if candidate.node.scalar == .null {
            // A mapping or list whose members are all commented out.
            if kind.shape == .yaml || emptyIsNone { return nil }
            reader.fault("has no value; it should be \(kind.expected), or remove the line", at: candidate.node)
            return nil
        }
        if emptyIsNone, case .scalar("", _, _) = candidate.node.content { return nil }
        guard let translate = candidate.spelling.translate else { return kind.read(candidate.node, &reader) }
        return translate(candidate.node, &reader).flatMap { kind.read($0, &reader) }
    }

    private func conflict(
        _ first: (value: Value, candidate: ConfigurationCandidate), _ second: ConfigurationCandidate, _ value: Value
    ) -> ConfigurationProblem {
        let (one, two) = (kind.show(first.value).shown, kind.show(value).shown)
        let said = one == two ? "differs from" : "is \(two), but"
        let firstName: String
        if case .file = first.candidate.reader.origin {
            firstName = "\(first.candidate.spelling.name) in line \(first.candidate.node.mark.line)"
        } else {
            firstName = first.candidate.reader.origin.description
        }
        let message = one == two ? "\(said) \(firstName)" : "\(said) \(firstName) is \(one)"
        let reason =
            first.candidate.spelling.translate == nil && second.spelling.translate == nil
            ? "both name the same setting"
            : "both say what is answered to permissions (true is allow, false is ask)"
        return ConfigurationProblem(
            origin: second.place, key: second.reader.key, message: "\(message); \(reason); remove one of them"
        )
    }
}

extension JSONValue {
    /// For a person: texts without quotes, lists with commas.
    var shown: String {
        switch self {
        case .null: "not set"
        case .string(let text): text
        case .array(let elements): elements.isEmpty ? "none" : elements.map(\.shown).joined(separator: ", ")
        case .object(let members):
            members.isEmpty
                ? "none" : members.map { "\($0.name): \($0.value.shown)" }.joined(separator: ", ")
        default: compact
        }
    }
}
