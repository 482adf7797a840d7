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

        /// The kinds of storage that know it.
        var kinds: [StorageKind] {
            switch self {
            case .user, .passwordFile, .passwordVariable, .tokenFile, .caFile: [.webDAV, .index]
            }
        }

        fileprivate enum Shape {
            case text(String)
            /// A file that is read later, by whoever uses it.
            case path
            /// A file that holds one secret.
            case secretFile
            case variable
        }

        fileprivate var shape: Shape {
            switch self {
            case .user: .text("a user's name")
            case .passwordFile, .tokenFile: .secretFile
            case .passwordVariable: .variable
            case .caFile: .path
            }
        }

        /// One that says the same in another way.
        fileprivate var other: Member? {
            switch self {
            case .passwordVariable: .passwordFile
            case .tokenFile: .user
            default: nil
            }
        }
    }

    /// Reads what was given beside `url`; what does not belong there is noted.
    static func read(
        _ url: StorageURL, _ members: [YAMLMember], _ reader: inout ConfigurationReader, part: String
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
        if [.webDAV, .index].contains(url.kind), hasPassword != (storage.settings[.user] != nil) {
            let missing = hasPassword ? "a password and no user" : "a user and no password_file or password_env"
            if let member = members.first { reader.fault("has \(missing)", at: member.value, part: part) }
        }
        return storage
    }

    private func text(
        of member: Member, _ node: YAMLNode, _ reader: inout ConfigurationReader, part: String
    ) -> String? {
        switch member.shape {
        case .text(let expected): return reader.text(expected, node, part: part)
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
