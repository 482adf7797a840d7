import Glibc
import SystemPackage

/// A directory that is held open, whatever becomes of its name, for who looks at much of what lies in it.
package final class OpenDirectory: Sendable {
    let descriptor: Int32
    let path: FilePath

    init(_ path: FilePath) throws(SpoolError) {
        descriptor = try Syscalls.open(path, O_RDONLY | O_DIRECTORY)
        self.path = path
    }

    deinit { close(descriptor) }
}

extension SpoolDirectory {
    /// Opens a state's directory. Blocks.
    package func openDirectory(of state: TaskState) throws(SpoolError) -> OpenDirectory {
        try OpenDirectory(paths.directory(of: state))
    }
}
