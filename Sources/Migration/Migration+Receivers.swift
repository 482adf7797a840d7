import DaemonConfiguration
import Glibc
import JSON
import SystemPackage

extension Migration {
    /// Classes of connectors: they run unchanged, from a directory of ours.
    mutating func tellConnectors(_ configuration: Configuration?) {
        let ours = home.appending(".openloom/connectors")
        var used: Set<String> = []
        for remote in configuration?.connectors ?? [] {
            guard let name = remote.className else { continue }
            let module = String(name.prefix { $0 != "." })
            used.insert(module)
            let found = old.connectorDirectories.lazy.compactMap { directory in
                [directory.appending("\(module).py"), directory.appending(module)].first {
                    access($0.string, F_OK) == 0
                }
            }.first
            let needs = [
                found.flatMap { $0.removingLastComponent() == ours ? nil : "cp -r \($0) \(ours)/" },
                access(ours.appending(ConfigurationRemote.bridge).string, X_OK) == 0
                    ? nil : "cp contrib/connectors/\(ConfigurationRemote.bridge) \(ours)/",
            ].compactMap(\.self)
            if found == nil, access(ours.appending("\(module).py").string, F_OK) != 0,
                access(ours.appending(module).string, F_OK) != 0
            {
                add(
                    .connector, name, .problem,
                    "its module \(module) is in none of \(old.connectorDirectories.map(\.string).joined(separator: ", ")); "
                        + "copy it to \(ours)")
            } else if needs.isEmpty {
                add(.connector, name, .works, "works unchanged, as the connector \(remote.name)")
            } else {
                add(
                    .connector, name, .problem,
                    "works unchanged, as the connector \(remote.name), once this is done: "
                        + (["mkdir -p \(ours)"] + needs).joined(separator: " && "))
            }
        }
        for directory in old.connectorDirectories {
            for name in Self.names(in: directory)
            where name.hasSuffix(".py") && !used.contains(String(name.dropLast(3))) {
                add(.connector, directory.appending(name).string, .differs, "is left alone: no configuration names it")
            }
        }
    }

    /// Who is told of tasks.
    mutating func tellWebhooks(_ configuration: Configuration?) {
        for endpoint in configuration?.webhooks.endpoints ?? [] {
            let shown = endpoint.json
            let events = endpoint.events.contains("*") ? "every event" : endpoint.events.joined(separator: ", ")
            add(
                .webhook, shown["url"]?.string ?? "", .works,
                "works unchanged: it gets the same fields and signature (\(events)), and is tried again "
                    + "\(endpoint.maxRetries) times")
        }
        add(
            .webhook, "POST /api/webhooks/generic", .works,
            "works unchanged for who sends tasks, such as openloom-connector, at openloom's port")
    }

    private static func names(in directory: FilePath) -> [String] {
        guard let stream = opendir(directory.string) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream), names.count < 1000 {
            withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                if let name = String(validating: raw.prefix { $0 != 0 }, as: UTF8.self) { names.append(name) }
            }
        }
        return names.sorted()
    }
}
