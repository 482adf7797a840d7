import XML

/// An answer's document: names and texts, two deep, are all that is needed of it.
struct S3Document {
    private static let texts: Set = [
        "Code", "ETag", "EncodingType", "IsTruncated", "Key", "Message", "NextContinuationToken", "Region", "Size",
    ]

    private let root: MarkupElement

    private init(_ root: MarkupElement) { self.root = root }

    /// Nil for what is no document that we read.
    init?(_ body: [UInt8]) {
        // While an answer is slow to come, spaces are sent before it.
        let start = body.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        guard let text = String(validating: start, as: UTF8.self),
            let root = try? MarkupReader.parse(text, textElements: Self.texts)
        else { return nil }
        self.root = root
    }

    var name: String { root.name }

    func text(_ name: String) -> String? { root.first(name)?.text }

    func all(_ name: String) -> [S3Document] { root.children.filter { $0.name == name }.map(S3Document.init) }
}
