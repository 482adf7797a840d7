package import SystemPackage

/// Where a value that is in force was given.
package enum ConfigurationOrigin: Sendable, Hashable {
    /// Nowhere: openloom's own.
    case standard
    /// A configuration file; without a line where the whole file is meant.
    case file(FilePath, line: Int?)
    /// An environment variable, by name.
    case environment(String)
    /// An option of the command line, with its dashes.
    case flag(String)
}

extension ConfigurationOrigin: CustomStringConvertible {
    package var description: String {
        switch self {
        case .standard: "default"
        case .file(let path, let line?): "\(path):\(line)"
        case .file(let path, nil): path.string
        case .environment(let name), .flag(let name): name
        }
    }
}
