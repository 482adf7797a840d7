/// What a task is made of when certain things are so.
package struct SourceRule: Sendable {
    /// All of these.
    package var conditions: [SourceCondition]
    package var name: SourceTemplate
    package var goal: SourceTemplate
    /// Nil where only the source's ``WebhookSource/workspaces`` say it.
    package var workspace: SourceTemplate?
    package var metadata: [(name: String, template: SourceTemplate)]

    package init(
        conditions: [SourceCondition], name: SourceTemplate, goal: SourceTemplate, workspace: SourceTemplate? = nil,
        metadata: [(name: String, template: SourceTemplate)] = []
    ) {
        self.conditions = conditions
        self.name = name
        self.goal = goal
        self.workspace = workspace
        self.metadata = metadata
    }
}
