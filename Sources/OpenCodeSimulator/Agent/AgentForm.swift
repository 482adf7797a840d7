/// What the agent asks a person to fill in: a question of wire 1 for each field, one form in wire 2.
struct AgentForm: Sendable, Hashable {
    struct Field: Sendable, Hashable {
        enum Kind: String, Sendable, CaseIterable {
            case string
            case number
            case integer
            case boolean
            case multiselect
            /// Something that is done elsewhere, such as signing in.
            case external
        }

        var key: String
        var kind: Kind
        var title: String
        /// What can be chosen; anything if empty.
        var options: [String]
    }

    /// None for a single question.
    var title: String?
    var fields: [Field]

    /// One question with options.
    init(header: String, options: [String]) {
        fields = [Field(key: "answer", kind: .string, title: header, options: options)]
    }

    init(title: String, fields: [Field]) {
        self.title = title
        self.fields = fields
    }

    /// How the agent speaks of it.
    var name: String { title ?? fields.first?.title ?? "" }
}
