import JSON

/// What of GitHub's webhooks becomes a task: https://docs.github.com/webhooks/webhook-events-and-payloads
package struct GitHubRules: Sendable, Hashable {
    /// An issue that gets this label.
    package var label: String?
    /// A comment on an issue or a pull request that begins with this word.
    package var command: String?
    /// Whose comments count, in GitHub's words: anybody may comment on a public repository.
    package var authors = ["OWNER", "MEMBER", "COLLABORATOR"]
    /// A run of a workflow that failed.
    package var failedRuns = false

    package init() {}

    /// The header that says which event it is, and the one with the delivery's id.
    static let eventHeader = "x-github-event"
    package static let idHeader = "x-github-delivery"

    package static func verification(_ secrets: [String]) -> SourceVerification {
        SourceVerification(scheme: .hmacHex, header: "x-hub-signature-256", prefix: "sha256=", secrets: secrets)
    }

    package static let project = "{{repository.full_name}}"

    package func rules() throws(SourceFault) -> [SourceRule] {
        var rules: [SourceRule] = []
        if let label {
            rules.append(
                try rule(
                    "issues", action: "labeled", [("/label/name", .isOne([.string(label)]))],
                    name: "{{repository.full_name}}#{{issue.number}}: {{issue.title}}",
                    goal: """
                        {{issue.title}}

                        {{issue.body}}

                        (Issue {{issue.html_url}})
                        """, link: "{{issue.html_url}}"))
        }
        if let command {
            rules.append(
                try rule(
                    "issue_comment", action: "created",
                    [
                        ("/comment/body", .command(command)),
                        ("/comment/author_association", .isOne(authors.map { .string($0) })),
                    ],
                    name: "{{repository.full_name}}#{{issue.number}}: {{issue.title}}",
                    goal: """
                        {{comment.body}}

                        This was said about: {{issue.title}}

                        {{issue.body}}

                        (Comment {{comment.html_url}})
                        """, link: "{{comment.html_url}}"))
        }
        if failedRuns {
            rules.append(
                try rule(
                    "workflow_run", action: "completed",
                    [("/workflow_run/conclusion", .isOne(["failure"]))],
                    name: "{{repository.full_name}}: {{workflow_run.name}} failed",
                    goal: """
                        The workflow "{{workflow_run.name}}" failed on the branch {{workflow_run.head_branch}}, at the \
                        commit {{workflow_run.head_sha}}. Find out why, and mend it.

                        (Run {{workflow_run.html_url}})
                        """, link: "{{workflow_run.html_url}}"))
        }
        return rules
    }

    private func rule(
        _ event: String, action: String, _ more: [(place: String, test: SourceCondition.Test)],
        name: String, goal: String,
        link: String
    ) throws(SourceFault) -> SourceRule {
        var conditions = [SourceCondition(.header(Self.eventHeader), .isOne([.string(event)]))]
        let action: (place: String, test: SourceCondition.Test) = ("/action", .isOne([.string(action)]))
        for (place, test) in [action] + more {
            guard let pointer = JSONPointer(place) else { continue }
            conditions.append(SourceCondition(.body(pointer), test))
        }
        return SourceRule(
            conditions: conditions, name: try SourceTemplate(name), goal: try SourceTemplate(goal),
            metadata: [("github", try SourceTemplate(link))])
    }
}
