import Connectors
import Curl
import Spool

/// Paths of files on servers that are asked by path: SFTP and FTP.
enum ServerFile {
    /// The path part of a URL.
    static func encoded(_ names: [String]) -> String { names.map(percentEncoded(query:)).joined(separator: "/") }

    /// The name under which a file is put until it is whole: one that nobody takes for a task, and the same whenever the
    /// same file is put, so that what broke off leaves at most one.
    static func temporaryName(of name: String) -> String {
        ".openloom-\(ContentHash.text(Array(name.utf8)).prefix(16)).part"
    }

    /// The directories beneath the root that a file needs, the outermost first. The root itself is never made: it may be
    /// one that is not mounted.
    static func directories(_ names: [String], beneath root: [String]) -> [[String]] {
        names.indices.map { root + names[...$0] }
    }

    /// As one line that can stand in a log.
    static func error(_ verb: String, _ message: String) -> ConnectorError {
        ConnectorError(
            .failed,
            "\(verb): "
                + String(String.UnicodeScalarView(message.unicodeScalars.prefix(500).map { $0.value < 32 ? " " : $0 })))
    }
}
