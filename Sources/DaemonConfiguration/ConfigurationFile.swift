import SystemPackage
import YAML

/// The configuration file, read but not yet understood.
struct ConfigurationFile {
    var path: FilePath
    /// The keys of the outermost mapping.
    var members: [YAMLMember]
    /// Whether others than its owner may read it.
    var isOpen: Bool

    static let limits = YAMLLimits(bytes: 1 << 20, depth: 32, aliases: 100, nodes: 20_000)

    /// Finds and reads the one file that is meant: the one that is named, or else the default one. The working directory
    /// is never searched.
    ///
    /// - Returns: Nil if no file is named and there is no default one, and after a problem has been noted.
    static func find(
        flag: String?, variable: String?, home: FilePath, workingDirectory: FilePath?,
        _ problems: inout ConfigurationProblems, _ warnings: inout [String]
    ) -> ConfigurationFile? {
        let named: (text: String, origin: ConfigurationOrigin)? =
            flag.map { ($0, .flag("--config")) }
            ?? variable.flatMap { $0.isEmpty ? nil : ($0, .environment("OPENLOOM_CONFIG")) }
        if let named {
            var reader = ConfigurationReader(home: home, directory: workingDirectory, key: nil, origin: named.origin)
            let node = YAMLNode(
                .scalar(text: named.text, isPlain: false, tag: nil), mark: YAMLMark(line: 1, column: 1))
            let path = reader.path("the path of a file", node)
            problems.add(reader.problems)
            guard let path else { return nil }
            return read(path, named: named.origin, &problems)
        }
        let directory = home.appending(".openloom").lexicallyNormalized()
        let (first, second) = (directory.appending("config.yaml"), directory.appending("config.yml"))
        let before = problems.kept.count
        if let file = read(first, named: nil, &problems) {
            if exists(second) {
                warnings.append("\(second) is not read, because \(first) is there; remove one of them")
            }
            return file
        }
        // A first file that is there but can't be used is the one that was meant.
        return problems.kept.count > before ? nil : read(second, named: nil, &problems)
    }

    private static func exists(_ path: FilePath) -> Bool {
        do {
            _ = try ConfigurationInput.read(path, limit: limits.bytes)
            return true
        } catch {
            if case .missing = error { return false }
            return true
        }
    }

    private static func read(
        _ path: FilePath, named: ConfigurationOrigin?, _ problems: inout ConfigurationProblems
    ) -> ConfigurationFile? {
        let input: ConfigurationInput
        do {
            input = try ConfigurationInput.read(path, limit: limits.bytes)
        } catch {
            switch error {
            case .missing:
                guard let named else { return nil }
                problems.add(
                    ConfigurationProblem(
                        origin: named, key: nil,
                        message: "there is no file \(path); openloom init writes one to ~/.openloom/config.yaml")
                )
            case .unusable(let why):
                problems.add(ConfigurationProblem(origin: .file(path, line: nil), key: nil, message: why))
            }
            return nil
        }
        var file = ConfigurationFile(path: path, members: [], isOpen: !input.isPrivate)
        do {
            guard let root = try parseYAML(input.bytes, limits: limits), root.scalar != .null else { return file }
            if let members = root.members {
                file.members = members
            } else {
                problems.add(
                    ConfigurationProblem(
                        origin: .file(path, line: root.mark.line), key: nil,
                        message: "should hold keys with values, like \"opencode_url: http://127.0.0.1:4096\", but is "
                            + ConfigurationReader.describe(root))
                )
            }
        } catch {
            problems.add(
                ConfigurationProblem(
                    origin: .file(path, line: error.mark.line), key: nil,
                    message: "column \(error.mark.column): \(error.message)")
            )
        }
        return file
    }
}
