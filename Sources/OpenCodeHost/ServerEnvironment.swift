import JSON
import SystemPackage

/// The environment of a server that we start.
enum ServerEnvironment {
    /// Tells our server from all others, also when a crash came between its start and its record. What it runs inherits
    /// it.
    static let marker = "OPENLOOM_SERVER"
    static let username = "opencode"
    private static let inlineConfiguration = "OPENCODE_CONFIG_CONTENT"

    /// `NAME=VALUE` of every variable: ours without `OPENLOOM_…`, the password, sharing and self-update off.
    ///
    /// The password has two names: OpenCode 1 reads the longer one, OpenCode 2 the shorter one first. Updates are
    /// switched off twice as well: versions differ in whether they heed the variable or the configuration.
    static func make(
        from environment: [String: String], home: FilePath, id: String, password: String
    ) throws(ServerHostError) -> [String] {
        var values = environment.filter { name, value in
            !name.isEmpty && !name.hasPrefix("OPENLOOM_") && !name.contains("=")
                && !name.utf8.contains(0) && !value.utf8.contains(0)
        }
        // Its older way of sharing every session.
        values["OPENCODE_AUTO_SHARE"] = nil
        values["OPENCODE_DISABLE_AUTOUPDATE"] = "1"
        values["OPENCODE_PASSWORD"] = password
        values["OPENCODE_SERVER_PASSWORD"] = password
        values["OPENCODE_SERVER_USERNAME"] = username
        values[inlineConfiguration] = try configuration(over: environment[inlineConfiguration])
        values[marker] = id
        values["HOME"] = values["HOME"] ?? home.string
        values["PWD"] = home.string
        return values.map { "\($0)=\($1)" }.sorted()
    }

    /// OpenCode merges this over its files, so it holds only what must be so, and what the user put there already.
    private static func configuration(over text: String?) throws(ServerHostError) -> String {
        var members = JSONObject()
        if let text, text.contains(where: { !$0.isWhitespace }) {
            guard let parsed = (try? JSONValue(parsing: text))?.object else {
                throw .invalidSetting(
                    "\(inlineConfiguration) is set, but not to a JSON object without comments, so that sharing and "
                        + "self-update can't be switched off in it: mend or unset it, or put it into OpenCode's file")
            }
            members = parsed
        }
        members["share"] = "disabled"
        members["autoupdate"] = false
        return JSONValue.object(members).compact
    }
}
