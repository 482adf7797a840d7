import Spool
import TaskSource
import Testing

@Suite struct MarkdownSourceTests {
    private let sources: Sources

    init() throws { sources = try Sources() }

    @Test func markdown_isNamedByItsHeading_andKeptVerbatim() throws {
        let text = "\n\n# Fix  the *typo* #\n\nIn `README.md`.  \n\n\n"
        let task = try sources.read(text, as: "x.md")
        #expect(task.name == "Fix the *typo*")
        #expect(task.goal == "# Fix  the *typo* #\n\nIn `README.md`.  \n\n\n")
    }

    @Test func frontMatter_givesTheKeys() throws {
        let text =
            "---\nname: From the matter\npriority: 9\nafter: [a, b]\npermissions:\n  bash: ask\n---\n# Heading\nbody"
        let task = try sources.read(text, as: "x.md")
        #expect(task.name == "From the matter")
        #expect(task.priority == 9)
        #expect(task.after == ["a", "b"])
        #expect(task.permissions?.rule(for: "bash") == .ask)
        #expect(task.goal == "# Heading\nbody")
    }

    @Test func frontMatter_mayBeEmpty_orHoldTheGoal() throws {
        #expect(try sources.read("---\n---\nbody", as: "x.md").goal == "body")
        #expect(try sources.read("--- \ngoal: |\n  do\n  it\n---\n\n", as: "x.md").goal == "do\nit\n")
    }

    @Test(arguments: [
        ("# One\n## Two", "One"),
        ("text\n\n### Three ###", "Three"),
        ("####### seven\n# One", "One"),
        ("#hash\n# One", "One"),
        ("    # code\n\n# One", "One"),
        ("\t# code\n\n# One", "One"),
        ("   # indented", "indented"),
        ("#\n# One", "One"),
        ("# C#\n", "C#"),
        ("# ## #\n# One", "##"),
        ("```sh\n# comment\n```\n# One", "One"),
        ("~~~\n# a\n```\n# b\n~~~~\n# One", "One"),
        ("````\n# a\n```\n# b\n````\n# One", "One"),
        ("```\n# never closed", "x"),
        ("``` a`b\n# One", "One"),
        ("<!--\n# hidden\n-->\n# One", "One"),
        ("<!-- one line -->\n# One", "One"),
        ("Under\n=====\n", "Under"),
        ("Two\nlines\n---\n# One", "Two lines"),
        ("para\n\n---\n# One", "One"),
        ("- item\n---\n# One", "One"),
        ("> quote\n===\n# One", "One"),
        ("1. item\n===\n\n# One", "One"),
        ("* * *\n# One", "One"),
        ("no heading at all", "x"),
        ("- # in a list", "x"),
    ])
    func name_isTheFirstHeading(_ text: String, _ name: String) throws {
        #expect(try sources.read(text, as: "x.md").name == name)
    }

    @Test func longHeading_isShortened() throws {
        let task = try sources.read("# " + String(repeating: "word ", count: 100), as: "x.md")
        #expect(task.name.unicodeScalars.count == 200)
        #expect(task.name.hasSuffix("…"))
    }

    @Test func openFrontMatter_isRefused() {
        #expect(
            sources.fault("---\nname: x\n\nbody", as: "x.md")
                == "line 1: the front matter that begins here has no end; put a line --- below it, "
                + "or an empty line above it if this is a rule"
        )
    }

    @Test func goalTwice_isRefused() {
        #expect(
            sources.fault("---\ngoal: this\n---\n\nand that", as: "x.md")
                == "line 2: goal: is given, and the file has a text as well (line 5); keep one of them"
        )
    }

    @Test func faults_inFrontMatter_nameTheLineOfTheFile() {
        #expect(
            sources.fault("---\nname: x\nname: y\n---\nbody", as: "x.md")
                == "line 3, column 1: the key \"name\" is there twice, first in line 2; keep one of them"
        )
        #expect(
            sources.fault("---\njust words\n---\nbody", as: "x.md")
                == "line 2: should consist of lines \"key: value\", but is \"just words\""
        )
        #expect(
            sources.fault("---\n\npriority: 10\n---\nbody", as: "x.md")
                == "line 3: priority: should be a whole number from 0 to 9, but is 10"
        )
    }
}
