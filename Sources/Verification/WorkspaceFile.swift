import Glibc
import SystemCalls
import SystemPackage

/// Files of a workspace, reached without leaving it.
///
/// Links are followed as far as they lead to something in the workspace. Where they lead is found out first, and then
/// the way there is gone component by component without following any: what is exchanged in between is an error, never
/// a way out.
struct WorkspaceFile {
    enum Failure: Error {
        /// Nothing is there.
        case missing
        /// Something is there, and it leads out of the workspace.
        case outside
        /// It can't be looked at.
        case unusable(String)
    }

    /// The real path of the workspace.
    let workspace: FilePath

    /// Whether anything is there, be it a link that leads nowhere.
    func isThere(_ path: String) throws(Failure) -> Bool {
        let parts = FilePath(path).components
        guard let name = parts.last else { return true }
        let parent = FilePath(root: nil, parts.dropLast())
        do throws(Failure) {
            let directory = try openDirectory(parent)
            do throws(Errno) {
                _ = try Syscalls.status(name.string, in: directory.number)
                return true
            } catch {
                if error == .noSuchFileOrDirectory || error == .notDirectory { return false }
                throw Failure.unusable("\(path): \(error)")
            }
        } catch {
            if case .missing = error { return false }
            throw error
        }
    }

    /// Where a path leads, from the workspace.
    func resolve(_ path: FilePath) throws(Failure) -> FilePath {
        let real: FilePath
        do throws(Errno) {
            real = try Syscalls.realPath(workspace.pushing(path))
        } catch {
            if error == .noSuchFileOrDirectory || error == .notDirectory { throw .missing }
            throw .unusable("\(path): \(error)")
        }
        var inside = real
        guard inside.removePrefix(workspace) else { throw .outside }
        return inside
    }

    /// Reads a regular file.
    ///
    /// - Parameter limit: Bytes; a larger file can't be looked at.
    func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        let place = try resolve(FilePath(path))
        guard let name = place.lastComponent else { throw .unusable("\(path) is a directory") }
        let directory = try openDirectory(place.removingLastComponent())
        let bytes: [UInt8]?
        do throws(Errno) {
            bytes = try Self.read(name.string, in: directory, limit: limit)
        } catch {
            throw .unusable("\(path): \(error)")
        }
        guard let bytes else { throw .unusable("\(path) is no regular file, or larger than \(limit) bytes") }
        return bytes
    }

    /// Nil for what is no regular file, and for one that is too large.
    private static func read(
        _ name: String, in directory: borrowing OwnedDescriptor, limit: Int
    ) throws(Errno) -> [UInt8]? {
        let file = try Syscalls.open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, in: directory.number)
        let status = try Syscalls.status(file)
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size) + 1)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let number = file.number
        while bytes.count <= limit {
            let count = try SystemCall.retry {
                buffer.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, $0.count) }
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
        return nil
    }

    /// Opens a directory, given where it really is.
    private func openDirectory(_ path: FilePath) throws(Failure) -> OwnedDescriptor {
        let place = try resolve(path)
        do throws(Errno) {
            var directory = try Syscalls.open(workspace.string, O_RDONLY | O_DIRECTORY)
            for part in place.components {
                directory = try Syscalls.open(
                    part.string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK, in: directory.number)
            }
            return directory
        } catch {
            throw .unusable("\(path): \(error)")
        }
    }
}
