import Glibc

/// A line on the terminal that says what long work is at, on standard error and only where a person sees it.
struct ProgressLine: Sendable {
    private let isShown = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1

    /// In place of what was there; an empty text removes it.
    func show(_ text: String) {
        guard isShown else { return }
        let bytes = Array("\r\u{1B}[K\(text)".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    func clear() { show("") }
}
