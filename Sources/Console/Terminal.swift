import Glibc
import Report

/// Standard output as it is now.
package struct Terminal: Sendable {
    /// Whether a person sees it, or a pipe or file takes it.
    package let isTerminal: Bool
    /// Whether text is written with colours.
    package let colors: Bool
    private let environment: [String: String]

    /// The width for output that no terminal takes, unless `COLUMNS` says another.
    package static let widthWithoutTerminal = 160

    package init(_ choice: ColorChoice, environment: [String: String]) {
        isTerminal = isatty(STDOUT_FILENO) == 1
        colors = choice.allows(isTerminal: isTerminal, environment: environment)
        self.environment = environment
    }

    /// Whether lines that are on the screen already can be written over.
    package var canRedraw: Bool { isTerminal && environment["TERM", default: "dumb"] != "dumb" }

    /// Columns and lines at this moment; the person may change them at any time.
    package var size: (columns: Int, lines: Int) {
        var size = winsize()
        if isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
            return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24)
        }
        let columns = environment["COLUMNS"].flatMap { Int($0) } ?? Self.widthWithoutTerminal
        return (min(max(columns, 20), 10_000), 24)
    }

    /// Writes lines, each with its newline, in one piece.
    package func print(_ lines: [StyledText]) {
        write(lines.map { $0.rendered(colors: colors) + "\n" }.joined())
    }

    /// Writes text as it is: for JSON, and for what ``LiveRegion`` made.
    package func write(_ text: String) {
        Self.write(text, to: STDOUT_FILENO)
    }

    /// Writes a line to standard error.
    package static func complain(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            SafeText.escaped(String($0)) + "\n"
        }
        write(lines.joined(), to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EAGAIN {
                // Somebody made the terminal non-blocking; wait until it takes more.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&waiting, 1, -1)
            } else if errno != EINTR {
                // Nobody reads any more: there is nobody to tell.
                return
            }
        }
    }
}
