import JSON

/// A key and its value as a source has them, before anybody checked them.
struct TaskField {
    /// As it was written.
    var name: String
    var value: JSONValue
    var place: TaskSourcePlace?
    /// The lines of a list's elements, where the format tells.
    var elementLines: [Int] = []
}

/// What every format is turned into; the rules are the same from here on.
struct TaskDraft {
    var fields: [TaskField] = []
    /// The name that the text suggests; a field `name` wins.
    var heading: String?
    /// The text itself, where the format has one beside its keys.
    var body: String?
    /// Where the body begins.
    var bodyPlace: TaskSourcePlace?
    /// Checks that the text itself lists.
    var checks: [MarkdownVerify.Item] = []
}
