import Glibc
package import SystemPackage

/// The time zones that the system knows: files below `/usr/share/zoneinfo`, named like `Europe/Berlin`.
package struct TimeZoneCatalogue: Sendable {
    private let directory: FilePath
    private let local: FilePath
    /// The variable `TZ`.
    private let variable: String?

    package init(
        directory: FilePath = "/usr/share/zoneinfo", local: FilePath = "/etc/localtime", variable: String? = nil
    ) {
        self.directory = directory
        self.local = local
        self.variable = variable
    }

    /// The zone of that name. Reads a file.
    package func rules(named name: String) throws(CronError) -> TimeZoneRules {
        if name == "UTC" { return .utc }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.count <= 64 && part.utf8.first != UInt8(ascii: ".")
                && part.utf8.allSatisfy(Self.isNameByte)
        }
        guard isName, parts.count <= 4 else {
            throw CronError("\"\(name.prefix(80))\" is no time zone; write one such as Europe/Berlin or UTC")
        }
        if let rules = Self.read(directory.appending(name)) { return rules }
        guard Self.isThere(directory) else {
            throw CronError("\(directory) is not there, so only UTC is known; install the package tzdata")
        }
        throw CronError("\"\(name)\" is not among the time zones of this machine; `ls \(directory)` shows them")
    }

    /// Where this machine is, and what that is called: what `TZ` says, else `/etc/localtime`, else UTC.
    package func here() -> (name: String, rules: TimeZoneRules) {
        if var text = variable, !text.isEmpty {
            if text.hasPrefix(":") { text.removeFirst() }
            if let rules = try? rules(named: text) { return (text, rules) }
            if let rules = TimeZoneRules(rule: text) { return (text, rules) }
        }
        guard let rules = Self.read(local) else { return ("UTC", .utc) }
        return (Self.target(of: local, below: directory) ?? "local", rules)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || [0x2B, 0x2D, 0x5F, 0x2E].contains(byte)
    }

    private static func read(_ path: FilePath) -> TimeZoneRules? {
        // Not waiting: a FIFO that somebody put there has no writer.
        guard let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking]) else {
            return nil
        }
        defer { try? file.close() }
        var bytes: [UInt8] = []
        while bytes.count <= TimeZoneRules.largestFile {
            let piece = try? [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            guard let piece else { return nil }
            if piece.isEmpty { return TimeZoneRules(file: bytes) }
            bytes += piece
        }
        return nil
    }

    private static func isThere(_ path: FilePath) -> Bool {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .directory]) else {
            return false
        }
        try? file.close()
        return true
    }

    /// `Europe/Berlin`, where that is what a link leads to.
    private static func target(of link: FilePath, below directory: FilePath) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = link.withPlatformString { readlink($0, &buffer, buffer.count) }
        guard count > 0 else { return nil }
        var path = FilePath(String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self))
        return path.removePrefix(directory) && !path.isEmpty ? path.string : nil
    }
}
