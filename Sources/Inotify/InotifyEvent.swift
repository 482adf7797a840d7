import Glibc

/// One event as the kernel wrote it, reduced to what hints are made of.
struct InotifyEvent: Sendable, Hashable {
    /// What is asked of the kernel for every directory.
    ///
    /// No IN_MODIFY: a writer would flood the queue, and nobody reads a file that isn't closed. No IN_ATTRIB: `touch`
    /// of a file that is there closes it after writing anyway. IN_EXCL_UNLINK: no news of files already deleted.
    static let mask = UInt32(
        IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
            | IN_ONLYDIR | IN_EXCL_UNLINK)

    /// The watch descriptor; -1 in an overflow.
    var watch: Int32
    var mask: UInt32
    /// The name of the file or directory, if ``completesFile`` or ``movesDirectory`` and if it is UTF-8.
    var name: String?

    /// The kernel dropped events that came after this one.
    var isOverflow: Bool { mask & UInt32(IN_Q_OVERFLOW) != 0 }

    /// There will be no more events of this watch. IN_IGNORED follows the other two, but not reliably so after an
    /// overflow.
    var endsWatch: Bool { mask & UInt32(IN_IGNORED | IN_DELETE_SELF | IN_UNMOUNT) != 0 }

    /// A file was closed after writing, or moved in: it may well be complete.
    var completesFile: Bool {
        mask & UInt32(IN_CLOSE_WRITE | IN_MOVED_TO) != 0 && mask & UInt32(IN_ISDIR) == 0
    }

    /// A directory came to, or left, the one that is watched.
    var movesDirectory: Bool {
        mask & UInt32(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE) != 0 && mask & UInt32(IN_ISDIR) != 0
    }

    /// The events in a buffer that read(2) filled. An event that doesn't fit its buffer ends the list.
    static func parse(_ buffer: UnsafeRawBufferPointer) -> [InotifyEvent] {
        let headerSize = MemoryLayout<inotify_event>.size
        var events: [InotifyEvent] = []
        var rest = buffer[...]
        while rest.count >= headerSize {
            let header = UnsafeRawBufferPointer(rebasing: rest.prefix(headerSize))
                .loadUnaligned(as: inotify_event.self)
            guard let nameSize = Int(exactly: header.len), nameSize <= rest.count - headerSize else { break }
            var event = InotifyEvent(watch: header.wd, mask: header.mask, name: nil)
            if event.completesFile || event.movesDirectory {
                let name = rest.dropFirst(headerSize).prefix(nameSize).prefix { $0 != 0 }
                event.name = name.isEmpty ? nil : String(validating: name, as: UTF8.self)
            }
            events.append(event)
            rest = rest.dropFirst(headerSize + nameSize)
        }
        return events
    }
}
