import Glibc
import SystemPackage

// What a shell does to a tree, by the system calls that a shell makes: none of it goes through what is tested.

private func check(_ result: Int32) throws {
    if result == -1 { throw Errno(rawValue: errno) }
}

func makeTemporaryDirectory(in parent: String = "/tmp") throws -> FilePath {
    var template = Array("\(parent)/openloom-spool-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template), let real = realpath(made, nil) else { throw Errno(rawValue: errno) }
    defer { free(real) }
    return FilePath(String(cString: real))
}

func makeDirectory(_ path: FilePath) throws { try check(mkdir(path.string, 0o700)) }

/// Both names must be free of what is to stay: as with the system call, a file there is replaced.
func rename(_ from: FilePath, _ to: FilePath) throws { try check(Glibc.rename(from.string, to.string)) }

func removeFile(_ path: FilePath) throws { try check(unlink(path.string)) }

func removeDirectory(_ path: FilePath) throws { try check(rmdir(path.string)) }

func write(_ text: String, to path: FilePath) throws { try write(Array(text.utf8), to: path) }

func write(_ bytes: [UInt8], to path: FilePath) throws {
    let file = path.withPlatformString { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600) }
    try check(file)
    defer { close(file) }
    try append(bytes, to: file)
}

func append(_ bytes: [UInt8], to descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 { throw Errno(rawValue: errno) }
        rest = rest.dropFirst(count)
    }
}

func read(_ path: FilePath) throws -> [UInt8] {
    let file = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
    try check(file)
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = Glibc.read(file, &buffer, buffer.count)
        if count < 0 { throw Errno(rawValue: errno) }
        if count == 0 { return bytes }
        bytes += buffer[..<count]
    }
}

func text(of path: FilePath) throws -> String { String(decoding: try read(path), as: UTF8.self) }

func exists(_ path: FilePath) -> Bool {
    var status = stat()
    return path.withPlatformString { lstat($0, &status) } == 0
}

func mode(of path: FilePath) throws -> mode_t {
    var status = stat()
    try check(path.withPlatformString { lstat($0, &status) })
    return status.st_mode & 0o7777
}

/// Sets the time of the last change.
func age(_ path: FilePath, bySeconds seconds: Int) throws {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let then = timespec(tv_sec: now.tv_sec - seconds, tv_nsec: 0)
    try check(path.withPlatformString { utimensat(AT_FDCWD, $0, [then, then], 0) })
}

/// The names in a directory, sorted.
func names(in path: FilePath) throws -> [String] {
    guard let stream = opendir(path.string) else { throw Errno(rawValue: errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

func removeTree(_ path: FilePath) {
    if path.withPlatformString({ unlink($0) }) == 0 { return }
    guard let stream = path.withPlatformString({ opendir($0) }) else { return }
    var children: [FilePath] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
            raw.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
        }
        guard let component = FilePath.Component(platformString: name), component.kind == .regular else { continue }
        children.append(path.appending(component))
    }
    closedir(stream)
    for child in children { removeTree(child) }
    _ = path.withPlatformString { rmdir($0) }
}

/// Every file and directory below a path, with what the files hold: to see what an operation changed, and what not.
func tree(_ path: FilePath) throws -> [String: String] {
    var result: [String: String] = [:]
    for name in try names(in: path) {
        let child = path.appending(name)
        var status = stat()
        try check(lstat(child.string, &status))
        if status.st_mode & S_IFMT == S_IFDIR {
            result[name] = "/"
            for (below, content) in try tree(child) { result["\(name)/\(below)"] = content }
        } else {
            result[name] = try text(of: child)
        }
    }
    return result
}
