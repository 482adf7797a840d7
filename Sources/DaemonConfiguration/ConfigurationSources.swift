import SystemPackage
import YAML

/// Collects what file, environment and command line say, and by which key.
struct ConfigurationSources {
    let home: FilePath
    let workingDirectory: FilePath?
    private(set) var candidates: [String: [ConfigurationCandidate]] = [:]
    private(set) var problems = ConfigurationProblems()
    private(set) var warnings: [String] = []
    /// The file that was read.
    private(set) var file: FilePath?
    private let index = ConfigurationIndex()

    init(home: FilePath, workingDirectory: FilePath?) {
        self.home = home
        self.workingDirectory = workingDirectory
    }

    mutating func add(_ flags: ConfigurationFlags) {
        for (flag, name, text) in flags.given {
            guard let (key, spelling) = index.leaves[name] else { continue }
            let reader = ConfigurationReader(home: home, directory: workingDirectory, key: nil, origin: .flag(flag))
            let node = YAMLNode(.scalar(text: text, isPlain: false, tag: nil), mark: YAMLMark(line: 1, column: 1))
            add(ConfigurationCandidate(layer: .flag, spelling: spelling, node: node, reader: reader), to: key)
        }
    }

    // MARK: environment

    /// Takes every variable that begins with `OPENLOOM_`. An empty one counts as not set.
    mutating func add(environment: [String: String]) {
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("OPENLOOM_") {
            if let (key, spelling) = index.variables[name] {
                add(name, value, to: key, spelling)
            } else if let remark = ConfigurationKeys.otherVariables[name] {
                if let remark, !value.isEmpty { warnings.append("\(name) \(remark)") }
            } else {
                let known = index.variableNames
                let hint = NearestName.find(name, in: known).map { "; did you mean \($0)?" } ?? ""
                warnings.append("\(ConfigurationReader.quote(name)) is not known and not read\(hint)")
            }
        }
    }

    private mutating func add(
        _ name: String, _ value: String, to key: any AnyConfigurationKey, _ spelling: ConfigurationSpelling
    ) {
        let text = ConfigurationReader.trim(value)
        guard !text.isEmpty else { return }
        let origin = ConfigurationOrigin.environment(name)
        let reader = ConfigurationReader(home: home, directory: workingDirectory, key: nil, origin: origin)
        do {
            // A password may well begin or end with a space.
            let isSecret = key.name == ConfigurationKeys.opencodePassword.name
            let node = try key.node(ofVariable: isSecret ? value : text)
            add(ConfigurationCandidate(layer: .environment, spelling: spelling, node: node, reader: reader), to: key)
        } catch {
            problems.add(ConfigurationProblem(origin: origin, key: nil, message: "\(error)"))
        }
    }

    // MARK: file

    mutating func addFile(flag: String?, variable: String?) {
        let found = ConfigurationFile.find(
            flag: flag, variable: variable.map(ConfigurationReader.trim), home: home,
            workingDirectory: workingDirectory, &problems, &warnings
        )
        guard let found else { return }
        file = found.path
        walk(found.members, below: "", in: found)
    }

    private mutating func walk(_ members: [YAMLMember], below section: String, in file: ConfigurationFile) {
        for member in members {
            let name = section.isEmpty ? member.key : "\(section).\(member.key)"
            if let (key, spelling) = index.leaves[name], spelling.isInFile {
                addLeaf(member, name, key, spelling, in: file)
            } else if let (key, _) = index.leaves[name], let refusal = key.refusalInFile {
                fault(refusal, member, name, in: file)
            } else if index.sections.contains(name) {
                addSection(member, name, in: file)
            } else {
                fault(unknown(name), member, name, in: file)
            }
        }
    }

    private mutating func addSection(_ member: YAMLMember, _ name: String, in file: ConfigurationFile) {
        if let inner = member.value.members {
            walk(inner, below: name, in: file)
        } else if member.value.scalar != .null {
            // A section whose keys are all commented out has no value.
            fault(
                "should be a section, with its keys indented below it, but is "
                    + ConfigurationReader.describe(member.value),
                member, name, in: file
            )
        }
    }

    /// A name can be a value and a section at once: `workspaces` holds projects, and the key `workspaces.allow`.
    private mutating func addLeaf(
        _ member: YAMLMember, _ name: String, _ key: any AnyConfigurationKey, _ spelling: ConfigurationSpelling,
        in file: ConfigurationFile
    ) {
        var value = member.value
        if index.sections.contains(name), let inner = value.members {
            let isKey: (YAMLMember) -> Bool = { [index] in index.isInFile("\(name).\($0.key)") }
            walk(key.takesMapping ? inner.filter(isKey) : inner, below: name, in: file)
            let others = inner.filter { !isKey($0) }
            if !key.takesMapping || others.isEmpty { return }
            value.content = .mapping(others)
        }
        // A block begins below its key: the key's line is where a person looks.
        if value.members != nil || value.elements != nil { value.mark = member.mark }
        let reader = ConfigurationReader(
            home: home, directory: file.path.removingLastComponent(), key: name,
            origin: .file(file.path, line: member.mark.line), openFile: file.isOpen ? file.path : nil
        )
        add(ConfigurationCandidate(layer: .file, spelling: spelling, node: value, reader: reader), to: key)
    }

    private func unknown(_ name: String) -> String {
        // Looking for names takes time, and a hostile file has many.
        if problems.isFull { return "unknown key" }
        let hint = NearestName.find(name, in: index.fileNames)
        return "unknown key" + (hint.map { "; did you mean \($0)?" } ?? "; openloom config shows those that there are")
    }

    private mutating func fault(
        _ message: String, _ member: YAMLMember, _ name: String, in file: ConfigurationFile
    ) {
        let shown = ConfigurationReader.clean(name)
        problems.add(
            ConfigurationProblem(origin: .file(file.path, line: member.mark.line), key: shown, message: message))
    }

    // MARK: candidates

    private mutating func add(_ candidate: ConfigurationCandidate, to key: any AnyConfigurationKey) {
        candidates[key.name, default: []].append(candidate)
    }

    /// Leaves out candidates, as if they had not been given.
    mutating func remove(from key: String, where isRemoved: (ConfigurationCandidate) -> Bool) {
        candidates[key]?.removeAll(where: isRemoved)
    }

    /// Lets relative paths start from another directory.
    mutating func setDirectory(
        _ directory: FilePath, of key: String, where isMeant: (ConfigurationCandidate) -> Bool
    ) {
        guard var changed = candidates[key] else { return }
        for index in changed.indices where isMeant(changed[index]) { changed[index].reader.directory = directory }
        candidates[key] = changed
    }

    mutating func warn(_ warning: String) { warnings.append(warning) }
}

/// All names by which keys can be given.
struct ConfigurationIndex {
    typealias Entry = (key: any AnyConfigurationKey, spelling: ConfigurationSpelling)

    private(set) var leaves: [String: Entry] = [:]
    /// What keys lie in: `levels`, `levels.storage`.
    private(set) var sections: Set<String> = []
    private(set) var variables: [String: Entry] = [:]
    /// Keys and sections, in the order of the registry.
    private(set) var fileNames: [String] = []
    private(set) var variableNames: [String] = []

    init() {
        for key in ConfigurationKeys.all {
            for spelling in key.spellings {
                leaves[spelling.name] = (key, spelling)
                for variable in spelling.variables where variables[variable] == nil {
                    variables[variable] = (key, spelling)
                    variableNames.append(variable)
                }
                guard spelling.isInFile else { continue }
                fileNames.append(spelling.name)
                var section = spelling.name
                while let dot = section.lastIndex(of: ".") {
                    section = String(section[..<dot])
                    if sections.insert(section).inserted { fileNames.append(section) }
                }
            }
        }
        variableNames += ConfigurationKeys.otherVariables.keys.sorted()
    }

    func isInFile(_ name: String) -> Bool { leaves[name]?.spelling.isInFile == true }
}
