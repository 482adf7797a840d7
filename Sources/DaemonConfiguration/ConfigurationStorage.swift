import Curl
package import RemoteStorage
import SystemPackage
import YAML

/// Storage that a connector's `url` names, and what it is told besides.
package struct ConfigurationStorage: Sendable, Hashable {
    package var url: StorageURL
    /// What was given, none of it secret: paths are absolute, and variables are names.
    package var settings: [Member: String] = [:]
    /// What the files hold that ``settings`` names.
    package var secrets: [Member: Secret] = [:]

    /// A member that has a meaning for some kinds of storage only.
    package enum Member: String, Sendable, CaseIterable {
        case user
        case passwordFile = "password_file"
        case passwordVariable = "password_env"
        case tokenFile = "token_file"
        case caFile = "ca_file"
        case endpoint
        case region
        case pathStyle = "path_style"
        case accessKeyFile = "access_key_file"
        case accessKeyVariable = "access_key_env"
        case secretKeyFile = "secret_key_file"
        case secretKeyVariable = "secret_key_env"
        case keyFile = "key_file"
        case knownHosts = "known_hosts"
        case tls

        /// The kinds of storage that know it.
        var kinds: [StorageKind] {
            switch self {
            case .user, .passwordFile, .passwordVariable: [.webDAV, .index, .sftp, .ftp]
            case .tokenFile: [.webDAV, .index]
            case .caFile: [.webDAV, .index, .ftp]
            case .endpoint, .region, .pathStyle, .accessKeyFile, .accessKeyVariable, .secretKeyFile, .secretKeyVariable:
                [.bucket]
            case .keyFile, .knownHosts: [.sftp]
            case .tls: [.ftp]
            }
        }

        fileprivate enum Shape {
            case text(String)
            /// One of a few words.
            case choice([String])
            /// An `http` or `https` URL.
            case address
            /// A file that is read later, by whoever uses it.
            case path
            /// A file that holds one secret.
            case secretFile
            case variable
        }

        fileprivate var shape: Shape {
            switch self {
            case .user: .text("a user's name")
            case .region: .text("a region's name")
            case .pathStyle: .choice(["true", "false"])
            case .tls: .choice(["required", "none"])
            case .endpoint: .address
            case .passwordFile, .tokenFile, .accessKeyFile, .secretKeyFile: .secretFile
            case .passwordVariable, .accessKeyVariable, .secretKeyVariable: .variable
            case .caFile, .keyFile, .knownHosts: .path
            }
        }

        /// One that says the same in another way.
        fileprivate var other: Member? {
            switch self {
            case .passwordVariable: .passwordFile
            case .tokenFile: .user
            case .accessKeyVariable: .accessKeyFile
            case .secretKeyVariable: .secretKeyFile
            default: nil
            }
        }
    }

    /// Reads what was given beside `url`; what does not belong there is noted.
    static func read(
        _ url: StorageURL, _ members: [YAMLMember], at node: YAMLNode, _ reader: inout ConfigurationReader, part: String
    ) -> Self {
        var storage = Self(url: url)
        for given in members {
            guard let member = Member(rawValue: given.key) else { continue }
            let part = "\(part).\(given.key)"
            guard member.kinds.contains(url.kind) else {
                let schemes = member.kinds.flatMap(\.schemes).joined(separator: ", ")
                reader.fault(
                    "means nothing to \(url.scheme); it is for URLs that begin with one of \(schemes)", at: given.value,
                    part: part)
                continue
            }
            storage.settings[member] = storage.text(of: member, given.value, &reader, part: part)
        }
        for member in Member.allCases {
            guard storage.settings[member] != nil, let other = member.other, storage.settings[other] != nil else {
                continue
            }
            if let node = members.first(where: { $0.key == member.rawValue })?.value {
                reader.fault(
                    "can't be had with \(other.rawValue); keep one", at: node, part: "\(part).\(member.rawValue)")
            }
        }
        let hasPassword = storage.settings[.passwordFile] != nil || storage.settings[.passwordVariable] != nil
        if [.webDAV, .index, .ftp].contains(url.kind), hasPassword != (storage.settings[.user] != nil) {
            let missing = hasPassword ? "a password and no user" : "a user and no password_file or password_env"
            if let member = members.first { reader.fault("has \(missing)", at: member.value, part: part) }
        }
        if url.kind == .sftp, storage.settings[.user] == nil {
            reader.fault("has no user", at: node, part: part)
        }
        if url.scheme == "ftps", storage.settings[.tls] == "none" {
            reader.fault("has tls: none, but a URL that begins with ftps", at: node, part: part)
        }
        return storage
    }

    private func text(
        of member: Member, _ node: YAMLNode, _ reader: inout ConfigurationReader, part: String
    ) -> String? {
        switch member.shape {
        case .text(let expected): return reader.text(expected, node, part: part)
        case .choice(let words):
            let expected = words.joined(separator: " or ")
            guard let text = reader.text(expected, node, part: part) else { return nil }
            if words.contains(text) { return text }
            reader.fault("should be \(expected)", at: node, part: part)
            return nil
        case .address:
            guard let text = reader.text(HTTPAddress.expected, node, part: part) else { return nil }
            do throws(HTTPAddress.Fault) {
                _ = try HTTPAddress(url: text)
            } catch {
                reader.fault(error.message, at: node, part: part)
                return nil
            }
            if !text.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) { return text }
            reader.fault("should have no query or fragment", at: node, part: part)
            return nil
        case .path, .secretFile: return reader.path("a path", node, part: part)?.string
        case .variable:
            guard let name = reader.text("the name of a variable", node, part: part) else { return nil }
            guard Self.isVariable(name) else {
                // Perhaps it is the secret itself: it is not quoted.
                reader.fault(
                    "should be the name of a variable of the daemon's environment: letters, digits and _, no digit first",
                    at: node, part: part)
                return nil
            }
            return name
        }
    }

    private static func isVariable(_ name: String) -> Bool {
        let isLetter: (UInt8) -> Bool = { (0x41...0x5A).contains($0 & 0xDF) || $0 == UInt8(ascii: "_") }
        guard let first = name.utf8.first, isLetter(first), name.utf8.count <= 128 else { return false }
        return name.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) }
    }

    /// Reads the files that hold secrets.
    ///
    /// - Returns: What is wrong, by member.
    mutating func readSecrets() -> [(Member, String)] {
        var faults: [(Member, String)] = []
        for member in Member.allCases {
            guard case .secretFile = member.shape, let path = settings[member] else { continue }
            switch SecretFile.read(FilePath(path)) {
            case .success(let secret): secrets[member] = secret
            case .failure(let fault): faults.append((member, fault.message))
            }
        }
        return faults
    }

    /// A secret of a file, or of a variable of the daemon's.
    ///
    /// - Parameters:
    ///   - standard: The variable that is looked into if neither is named.
    ///   - environment: Of the process.
    /// - Returns: Nil if there is none.
    /// - Throws: ``MissingVariable`` if a variable was named and is not there.
    package func secret(
        file: Member, variable: Member, standard: String? = nil, environment: [String: String]
    ) throws(MissingVariable) -> String? {
        if let secret = secrets[file] { return secret.revealed }
        guard let name = settings[variable] else { return standard.flatMap { environment[$0] } }
        guard let text = environment[name], !text.isEmpty else { throw MissingVariable(name: name, member: variable) }
        return text
    }

    /// A variable that was named, and is not in the daemon's environment.
    package struct MissingVariable: Error, Sendable, CustomStringConvertible {
        package var name: String
        var member: Member

        package var description: String {
            "the daemon's environment has no \(name), which \(member.rawValue) names; set it, or write the secret "
                + "into a file"
        }
    }
}
