import JSON
import Spool
import SystemPackage
import Testing

/// What `/metrics` of the real program shows after some work.
@Suite struct MetricsOnceTests {
    private func families(_ text: String) -> Set<String> {
        Set(text.matches(of: #/# TYPE ([a-z_]+) /#).map { String($0.1) })
    }

    @Test func metrics_haveTheFamiliesThatTheDocumentNames_andCountTheWork() throws {
        let world = try World()
        try world.serve()
        try world.drop("counted", workspace: try world.workspace(), goal: "sim: write made.txt text")
        _ = try world.wait(for: 1, in: .done)
        var shown = ""
        try world.wait("the task was counted") {
            shown = (try? world.shell("curl -sS http://localhost:\(world.port)/metrics").output) ?? ""
            return shown.contains("openloom_tasks_ended_total{verdict=\"changed\"} 1\n")
        }
        let checkout = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        let page = try #require(Files.text(checkout.appending("docs/api.md")))
        let named = page.matches(of: /^\|.*\|/.anchorsMatchLineEndings()).flatMap { line in
            String(line.0).matches(of: /`((?:openloom|process)_[a-z_]+)/).map { String($0.1) }
        }
        #expect(named.count > 10)
        #expect(families(shown) == Set(named))
        #expect(shown.contains("openloom_tasks_created_total 1\n"))
        #expect(shown.contains("openloom_tasks{state=\"done\"} 1\n"))
        #expect(shown.contains("openloom_task_wait_seconds_count 1\n"))
        #expect(shown.contains("openloom_task_work_seconds_count{verdict=\"changed\"} 1\n"))
        #expect(shown.contains("openloom_opencode_up{server=\"\(world.agentURL)\"} 1\n"))
    }
}
