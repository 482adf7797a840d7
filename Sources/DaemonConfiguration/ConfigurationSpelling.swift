import YAML

/// One way to write a key.
struct ConfigurationSpelling: Sendable {
    /// In full: `server.port`.
    var name: String
    /// Short names of environment variables that stand for it, besides ``variables``'s systematic one.
    var shortVariables: [String] = []
    /// Whether the configuration file may hold it.
    var isInFile = true
    /// Turns the value written under this name into one of the key; nil after a problem has been noted.
    var translate: (@Sendable (YAMLNode, inout ConfigurationReader) -> YAMLNode?)?

    /// Environment variables that stand for it. `server.port` is `OPENLOOM_SERVER_PORT`.
    var variables: [String] {
        shortVariables + ["OPENLOOM_" + name.uppercased().replacing(".", with: "_")]
    }
}

extension ConfigurationSpelling: ExpressibleByStringLiteral {
    init(stringLiteral name: String) { self.init(name: name) }
}

extension ConfigurationSpelling {
    /// OpenLoom 0.17's switch, as a policy.
    static let autoAcceptPermissions = ConfigurationSpelling(
        name: "harness.auto_accept_permissions", shortVariables: ["OPENLOOM_AUTO_ACCEPT_PERMISSIONS"]
    ) { node, reader in
        ConfigurationKind<Bool>.yesOrNo.read(node, &reader).map {
            YAMLNode(.scalar(text: $0 ? "allow" : "ask", isPlain: true, tag: nil), mark: node.mark)
        }
    }
}
