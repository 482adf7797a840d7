import Curl
import Logging
import OpenCode
import SystemPackage
import Testing

@testable import Dispatcher

/// Which of several servers a task may go to.
@Suite struct BackendTests {
    private func backends(_ workspaces: [String: [FilePath]]) -> [Backend] {
        let curl = CurlClient()
        defer { curl.close() }
        return workspaces.map { name, paths in
            Backend(
                name: name, server: OpenCodeServer(curl: curl, access: ServerAccess(url: name)), workspaces: paths,
                logger: Logger(label: "test"))
        }
    }

    private func names(_ backends: [Backend], _ workspace: FilePath) -> Set<String> {
        Set(backends.having(workspace).map(\.name))
    }

    @Test func workspace_goesToTheServerThatNamesItMostClosely() {
        let all = backends(["http://a": ["/srv"], "http://b": ["/srv/shop"], "http://c": []])
        #expect(names(all, "/srv/shop/web") == ["http://b"])
        #expect(names(all, "/srv/blog") == ["http://a"])
        #expect(names(all, "/home/x") == ["http://c"])
    }

    @Test func servers_thatNameItAlike_shareIt() {
        let all = backends(["http://a": ["/srv"], "http://b": ["/srv"]])
        #expect(names(all, "/srv/x") == ["http://a", "http://b"])
    }

    /// A directory's name is not a prefix of letters.
    @Test func workspace_besideADirectory_isNotInIt() {
        #expect(names(backends(["http://a": ["/srv/shop"]]), "/srv/shopping").isEmpty)
    }
}
