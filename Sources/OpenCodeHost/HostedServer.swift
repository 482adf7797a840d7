/// An OpenCode server that openloom started, now or in an earlier life. Printing it does not show the password.
package struct HostedServer: Sendable, Hashable {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    package var url: String { "http://127.0.0.1:\(port)" }
    package var port: Int
    package var pid: Int32
    /// The user of HTTP's basic authentication: OpenCode's default.
    package var username: String { ServerEnvironment.username }
    package var password: String
    /// Whether it ran already: started by an earlier daemon, or by another one with the same directory.
    package var wasAdopted: Bool
}

extension HostedServer: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        "OpenCode at \(url), process \(pid)\(wasAdopted ? ", adopted" : "")"
    }

    package var debugDescription: String { description }

    /// What `dump` and a failed expectation show: not the password.
    package var customMirror: Mirror {
        Mirror(self, children: ["url": url, "pid": pid, "wasAdopted": wasAdopted])
    }
}
