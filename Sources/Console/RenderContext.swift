import Glibc
package import Spool
import SystemPackage

/// What rendering depends on besides what is shown. Equal contexts and values give equal lines.
package struct RenderContext: Sendable {
    /// Columns of the terminal; taken as at least 20.
    package var width: Int
    package var now: Timestamp
    /// The person's home directory, shown as `~`.
    package var home: String?
    /// What a command that is shown must repeat to mean the same spool, such as `--spool /srv/spool`; empty if nothing.
    package var commandOptions: String
    /// Seconds that a moment's local time is ahead of UTC.
    package var utcOffset: @Sendable (Timestamp) -> Int

    package init(
        width: Int, now: Timestamp, home: String? = nil, commandOptions: String = "",
        utcOffset: @escaping @Sendable (Timestamp) -> Int = RenderContext.localOffset
    ) {
        self.width = max(20, width)
        self.now = now
        self.home = home
        self.commandOptions = commandOptions
        self.utcOffset = utcOffset
    }

    /// By the machine's time zone.
    package static let localOffset: @Sendable (Timestamp) -> Int = { moment in
        var seconds = time_t(moment.milliseconds / 1000)
        var fields = tm()
        localtime_r(&seconds, &fields)
        return fields.tm_gmtoff
    }

    /// The command line to type: `openloom WORDS`, with the options that lead to this spool.
    package func command(_ words: String) -> String {
        commandOptions.isEmpty ? "openloom \(words)" : "openloom \(words) \(commandOptions)"
    }

    /// `09:30:00` in local time, with the date before it when that is another day.
    package func clock(_ moment: Timestamp) -> String {
        let local = moment.adding(seconds: Double(utcOffset(moment))).iso8601
        let today = now.adding(seconds: Double(utcOffset(now))).day
        let time = local.dropFirst(11).prefix(8)
        return local.hasPrefix(today) ? String(time) : "\(local.prefix(10)) \(time)"
    }

    /// The path with the home directory written as `~`.
    package func path(_ path: String) -> String {
        guard let home, home != "/", !home.isEmpty else { return path }
        if path == home { return "~" }
        return path.hasPrefix(home + "/") ? "~" + path.dropFirst(home.count) : path
    }
}
