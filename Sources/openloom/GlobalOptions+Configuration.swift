import DaemonConfiguration
import SystemPackage

extension GlobalOptions {
    /// The configuration that is in force.
    func loadConfiguration() throws -> Configuration {
        let configuration = try Configuration.load(
            flags: ConfigurationFlags(config: config, spool: spool), environment: Self.environment, home: Self.home)
        if verbose {
            for warning in configuration.warnings { Complaint.note(warning) }
        }
        return configuration
    }

    /// Where the spool is. An explicit `--spool` needs no configuration, so that looking at a spool never fails for one.
    func spoolPath() throws -> FilePath {
        if let spool { return Self.absolute(spool) }
        return try loadConfiguration().spool.path
    }
}
