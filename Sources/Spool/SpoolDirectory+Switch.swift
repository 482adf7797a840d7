import Glibc
import SystemPackage

/// A file in the spool's root that stops something while it is there.
package enum SpoolSwitch: String, Sendable, CaseIterable {
    /// No new task is started.
    case pause
    /// Nothing is accepted.
    case closed
}

extension SpoolDirectory {
    private func path(_ control: SpoolSwitch) -> FilePath {
        switch control {
        case .pause: paths.pause
        case .closed: paths.closed
        }
    }

    package func isOn(_ control: SpoolSwitch) -> Bool { Syscalls.exists(path(control)) }

    /// `touch pause`, `rm pause`: so at the instant that the file is there, or gone, and after a power cut.
    package func turn(_ control: SpoolSwitch, on isOn: Bool) throws(SpoolError) {
        let path = path(control)
        do {
            if isOn {
                close(try Syscalls.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW))
            } else {
                try Syscalls.unlink(path)
            }
        } catch  where error.errno == (isOn ? .fileExists : .noSuchFileOrDirectory) && Syscalls.isDirectory(root) {
            return
        }
        try Syscalls.syncDirectory(root)
    }
}
