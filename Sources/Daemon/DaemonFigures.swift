import Dispatcher
import Glibc
import Prometheus
import Spool
import Webhooks

/// What `/metrics` shows of the daemon itself, read when it is asked for.
struct DaemonFigures: Sendable {
    let spool: SpoolDirectory
    let watcher: SpoolWatcher
    let backends: [Backend]
    let started: Timestamp

    @Sendable func write(_ text: inout MetricText) {
        let build = "openloom_build_info"
        text.begin(build, .gauge, help: "Always 1; the version is the label.")
        text.sample(build, 1, [("version", OpenLoomVersion.text)])
        text.single(
            "openloom_inotify_overflows_total", .counter,
            help: "Times that the kernel dropped events and everything was looked at again.",
            Double(watcher.overflows))
        WebhookMetrics.write(spool, to: &text)
        let up = "openloom_opencode_up"
        text.begin(up, .gauge, help: "1 while the OpenCode server answers and is one that we can work with.")
        for backend in backends {
            text.sample(up, backend.monitor.condition.identity == nil ? 0 : 1, [("server", backend.name)])
        }
        text.single(
            "process_start_time_seconds", .gauge, help: "When the daemon was started, in seconds since 1970.",
            started.seconds)
        if let bytes = Self.residentBytes {
            text.single("process_resident_memory_bytes", .gauge, help: "Resident memory.", bytes)
        }
    }

    /// The second number of `/proc/self/statm` counts pages.
    private static var residentBytes: Double? {
        guard let file = fopen("/proc/self/statm", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let words = text.split(separator: " ")
        guard words.count > 1, let pages = Double(words[1]) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
}
