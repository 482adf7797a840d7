package import SystemPackage

/// A directory that is not watched, or a watcher that did not start. Nothing changed by the call that threw it.
package struct WatchError: Error, Sendable, Hashable {
    package enum Code: Sendable, Hashable {
        case limitReached  // the kernel gives this user no more watches, or no more watchers
        case notFound  // nothing has that name
        case notADirectory  // the path, or a part of it, names something else
        case closed  // the watcher was closed before
        case systemCall  // not planned for; `errno` says which
    }

    package let code: Code
    /// What the kernel said; nil when it was not asked.
    package let errno: Errno?
    /// The directory in question; nil when the watcher itself could not start.
    package let path: FilePath?
    /// What is wrong and how to mend it, for a person.
    package let message: String
}

extension WatchError: CustomStringConvertible {
    package var description: String { message }
}

extension WatchError {
    /// Why `path` can't be watched.
    static func watching(_ path: FilePath, _ errno: Errno) -> WatchError {
        switch errno {
        case .noSpace:
            WatchError(
                code: .limitReached, errno: errno, path: path,
                message: "cannot watch \(path): this user has no inotify watches left; raise the limit, "
                    + "for example with 'sysctl fs.inotify.max_user_watches=1048576', "
                    + "and write it to /etc/sysctl.d/ to keep it")
        case .noSuchFileOrDirectory:
            WatchError(
                code: .notFound, errno: errno, path: path,
                message: "cannot watch \(path): there is no such directory; create it first")
        case .notDirectory:
            WatchError(
                code: .notADirectory, errno: errno, path: path,
                message: "cannot watch \(path): it, or a part of its path, is not a directory; name a directory")
        case .permissionDenied:
            WatchError(
                code: .systemCall, errno: errno, path: path,
                message: "cannot watch \(path): permission denied; grant this user read access to it, "
                    + "and search access to every directory above it")
        default:
            WatchError(
                code: .systemCall, errno: errno, path: path,
                message: "cannot watch \(path): \(errno); watch it by timer instead if that does not go away")
        }
    }

    /// Why the watcher did not start.
    static func starting(_ errno: Errno) -> WatchError {
        switch errno {
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
            WatchError(
                code: .limitReached, errno: errno, path: nil,
                message: "cannot start watching directories: no more inotify instances or open files; raise "
                    + "fs.inotify.max_user_instances with sysctl, or the limit of open files (ulimit -n)")
        default:
            WatchError(
                code: .systemCall, errno: errno, path: nil,
                message: "cannot start watching directories: \(errno); watch by timer instead "
                    + "if that does not go away")
        }
    }

    static func closed(_ path: FilePath) -> WatchError {
        WatchError(
            code: .closed, errno: nil, path: path,
            message: "cannot watch \(path): this watcher was closed; make a new one")
    }
}
