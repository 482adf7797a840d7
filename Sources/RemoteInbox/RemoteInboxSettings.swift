package import Spool

/// Where a connector's task files lie, and what they get that do not say it themselves.
package struct RemoteInboxSettings: Sendable {
    /// The connector's name in the configuration.
    package var name: String
    /// The directory that is listed.
    package var inbox: String
    /// Paths that are looked at instead, where the storage can't be listed.
    package var files: [String]
    /// Where reasons go why a file could not become a task; nil for nowhere.
    package var outbox: String?
    /// Absolute; nil leaves it to the file.
    package var workspace: String?
    package var permissions: AskPolicy?
    package var verify: [VerifyCheck]
    /// From one look to the next.
    package var pollInterval: Duration
    /// How long a file must look the same before it is taken.
    package var settle: Duration
    /// The largest file that is taken.
    package var fileBytes: Int
    /// What this daemon is called in claims, for people; nil if nobody else looks at the inbox.
    package var sharedAs: String?
    /// Whether nothing is ever moved away, so that a file that is not there for a while is the same when it is back.
    package var isReadOnly = false
    /// How long another daemon may have files before the log says so.
    package var claimPatience = Duration.seconds(600)

    package init(
        name: String, inbox: String, files: [String], outbox: String?, workspace: String?, permissions: AskPolicy?,
        verify: [VerifyCheck], pollInterval: Duration, settle: Duration, fileBytes: Int,
        sharedAs: String? = nil
    ) {
        self.name = name
        self.inbox = inbox
        self.files = files
        self.outbox = outbox
        self.workspace = workspace
        self.permissions = permissions
        self.verify = verify
        self.pollInterval = pollInterval
        self.settle = settle
        self.fileBytes = fileBytes
        self.sharedAs = sharedAs
    }
}
