/// What the command line says. It has the last word.
package struct ConfigurationFlags: Sendable, Hashable {
    /// `--config`: the file to read instead of the default one.
    package var config: String?
    package var spool: String?
    package var host: String?
    package var port: Int?
    package var opencodeURL: String?
    package var logLevel: String?
    package var maxRunning: Int?

    package init(
        config: String? = nil, spool: String? = nil, host: String? = nil, port: Int? = nil,
        opencodeURL: String? = nil, logLevel: String? = nil, maxRunning: Int? = nil
    ) {
        self.config = config
        self.spool = spool
        self.host = host
        self.port = port
        self.opencodeURL = opencodeURL
        self.logLevel = logLevel
        self.maxRunning = maxRunning
    }

    /// The options that stand for keys, with the key's name.
    var given: [(flag: String, key: String, text: String)] {
        let all: [(String, String, String?)] = [
            ("--spool", "spool.path", spool),
            ("--host", "server.host", host),
            ("--port", "server.port", port.map(String.init)),
            ("--opencode-url", "opencode.url", opencodeURL),
            ("--log-level", "log.level", logLevel),
            ("--max-running", "harness.max_running", maxRunning.map(String.init)),
        ]
        return all.compactMap { flag, key, text in text.map { (flag, key, $0) } }
    }
}
