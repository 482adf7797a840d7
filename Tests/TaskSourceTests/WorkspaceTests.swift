import Foundation
import Spool
import SystemPackage
import TaskSource
import TestSupport
import Testing

@Suite struct WorkspaceTests {
    private var sources: Sources
    private let root: FilePath

    init() throws {
        sources = try Sources()
        root = sources.directory.path
    }

    private func fault(_ workspace: String) -> String? {
        sources.fault("goal: g\nworkspace: '\(workspace)'", as: "x.yaml")
    }

    @Test func symbolicLinks_areResolved() throws {
        let real = try sources.directory.makeDirectory("real")
        let link = root.appending("link")
        try FileManager.default.createSymbolicLink(atPath: link.string, withDestinationPath: real.string)
        #expect(try sources.read("goal: g\nworkspace: \(link)/../link/.", as: "x.yaml").workspace == real)
    }

    @Test func tilde_isTheHomeDirectory() throws {
        let inner = try sources.directory.makeDirectory("inner")
        #expect(try sources.read("goal: g\nworkspace: ~/inner", as: "x.yaml").workspace == inner)
        #expect(try sources.read("goal: g\nworkspace: '~'", as: "x.yaml").workspace == root)
    }

    /// A slash and a mark that follows it are one character of Swift's, and still two of a path.
    @Test(arguments: ["\u{1F3FB}", "\u{301}"])
    func tilde_isTheHomeDirectory_whateverFollowsTheSlash(mark: String) throws {
        let inner = try sources.directory.makeDirectory("\(mark)x")
        #expect(try sources.read("goal: g\nworkspace: ~/\(mark)x", as: "x.yaml").workspace == inner)
        #expect(
            fault("~/\(mark)y")
                == "line 2: workspace: \"~/\(mark)y\" does not exist; create the directory, or correct the path")
    }

    @Test func wrongWorkspace_saysWhatIsWrong() throws {
        var sources = sources
        let file = root.appending("file")
        try Data().write(to: URL(fileURLWithPath: file.string))
        #expect(fault("src") == "line 2: workspace: \"src\" is not absolute; begin it with / or ~/")
        #expect(
            fault("~root/x") == "line 2: workspace: \"~root/x\": only ~/ is known, not ~NAME; give an absolute path")
        #expect(
            fault("\(root)/none")
                == "line 2: workspace: \"\(root)/none\" does not exist; create the directory, or correct the path"
        )
        #expect(fault("\(file)") == "line 2: workspace: \"\(file)\" is not a directory; give the directory to work in")
        #expect(
            fault("\(file)/x")
                == "line 2: workspace: \"\(file)/x\" leads through something that is no directory; correct the path"
        )
        #expect(fault(" ") == "line 2: workspace: \" \" is not absolute; begin it with / or ~/")
        #expect(fault("") == "line 2: workspace: \"\" is no path of a directory; give an absolute path")
        #expect(
            sources.fault("goal: g\nworkspace: \"/a\\0b\"", as: "x.yaml")
                == "line 2: workspace: \"/a\\u0000b\" is no path of a directory; give an absolute path"
        )
        sources.policy.home = nil
        #expect(
            sources.fault("goal: g\nworkspace: ~/x", as: "x.yaml")
                == "line 2: workspace: \"~/x\": the daemon has no HOME; give an absolute path"
        )
    }

    @Test func allow_isDecidedOnComponents_ofResolvedPaths() throws {
        var sources = sources
        let inside = try sources.directory.makeDirectory("app/inner")
        let evil = try sources.directory.makeDirectory("app-evil/x")
        let link = root.appending("app/leak")
        try FileManager.default.createSymbolicLink(atPath: link.string, withDestinationPath: evil.string)
        sources.policy.allow = [root.appending("missing"), root.appending("app")]

        #expect(try sources.read("goal: g\nworkspace: \(inside)", as: "x.yaml").workspace == inside)
        #expect(try sources.read("goal: g\nworkspace: \(root)/app", as: "x.yaml").workspace == root.appending("app"))
        for path in ["\(evil)", "\(root)/app/../app-evil/x", "\(link)", "\(root)"] {
            #expect(
                sources.fault("goal: g\nworkspace: \(path)", as: "x.yaml")
                    == "line 2: workspace: \"\(path)\" is outside of the directories that workspaces.allow names; "
                    + "use one inside, or add it to workspaces.allow in the configuration"
            )
        }
    }

    @Test func subfolder_givesTheWorkspace_andTheFileWins() throws {
        var sources = sources
        let web = try sources.directory.makeDirectory("web")
        let other = try sources.directory.makeDirectory("other")
        sources.policy.projects = ["site": web]
        #expect(try sources.read("do it", as: "x.md", project: "site").workspace == web)
        #expect(try sources.read("do it", as: "x.md").workspace == root)
        #expect(
            try sources.read("---\nworkspace: \(other)\n---\ndo it", as: "x.md", project: "site").workspace == other)
    }

    @Test func subfolder_thatNobodyKnows_isNotGuessed() {
        #expect(
            sources.fault("do it", as: "x.md", project: "site")
                == "workspace: missing, and the configuration names no directory for the inbox's subfolder \"site\"; "
                + "write a line \"workspace: /absolute/path\" between two lines --- at the top of the file, "
                + "or add workspaces.site to the configuration"
        )
    }

    @Test(arguments: [
        (
            "x.md", "do it",
            "write a line \"workspace: /absolute/path\" between two lines --- at the top of the file, or "
        ),
        ("x.txt", "do it", ""),
        ("x.yaml", "goal: g", "write a line \"workspace: /absolute/path\", or "),
        ("x.json", "{\"goal\": \"g\"}", "write \"workspace\": \"/absolute/path\", or "),
    ])
    func noWorkspace_saysHowToGiveOne(_ name: String, _ text: String, _ give: String) {
        var sources = sources
        sources.policy.defaultWorkspace = nil
        #expect(
            sources.fault(text, as: name)
                == "workspace: missing; \(give)drop the file into a subfolder inbox/PROJECT that the configuration "
                + "knows under workspaces, or set levels.storage.workspace in the configuration"
        )
    }

    @Test func noWorkspace_inADocument_saysHowToGiveOne() throws {
        var sources = sources
        sources.policy.defaultWorkspace = nil
        let fault = try #require(sources.fault(try Docx.make(Docx.p("do it")), as: "x.docx"))
        #expect(
            fault.hasPrefix(
                "workspace: missing; give the document a table of two columns with a row "
                    + "workspace | /absolute/path, or "
            ))
    }

    @Test func configuredWorkspace_thatIsGone_saysWhereItIsConfigured() {
        var sources = sources
        sources.policy.defaultWorkspace = root.appending("none")
        sources.policy.projects = ["p": root.appending("gone")]
        #expect(
            sources.fault("do it", as: "x.txt")
                == "workspace: from levels.storage.workspace in the configuration: \"\(root)/none\" does not exist; "
                + "create the directory, or correct the path"
        )
        #expect(
            sources.fault("do it", as: "x.txt", project: "p")
                == "workspace: from workspaces.p in the configuration: \"\(root)/gone\" does not exist; "
                + "create the directory, or correct the path"
        )
    }
}
