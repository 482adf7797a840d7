package import Spool

/// What makes a ``RenderContext`` at any moment, for views that last.
package struct ViewSettings: Sendable {
    private let home: String?
    private let commandOptions: String

    /// As in ``RenderContext``.
    package init(home: String?, commandOptions: String) {
        self.home = home
        self.commandOptions = commandOptions
    }

    package func context(width: Int, now: Timestamp = .now()) -> RenderContext {
        RenderContext(width: width, now: now, home: home, commandOptions: commandOptions)
    }
}
