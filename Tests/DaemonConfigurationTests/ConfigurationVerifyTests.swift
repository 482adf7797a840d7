import Spool
import SystemPackage
import TaskSource
import Testing

@testable import DaemonConfiguration

@Suite struct ConfigurationVerifyTests {
    @Test func checksOfNamesAndWorkspaces_areRead() throws {
        let sandbox = try ConfigurationSandbox(
            """
            checks:
              tests: {run: make test, timeout_s: 60}
              readme: {exists: README.md, name: there is a README}
            workspaces:
              app:
                path: /srv/app
                verify: [tests, {unchanged: tests/}]
              plain: /srv/plain
            verify: {run: {inbox: named, "*": none}}
            """)
        let verification = try sandbox.load().verification
        var command = VerifyCommand(.shell("make test"))
        command.timeoutSeconds = 60
        #expect(verification.named["tests"] == VerifyCheck(.run(command), name: "tests"))
        #expect(verification.named["readme"]?.title == "there is a README")
        #expect(
            verification.defaults == [
                "/srv/app": [
                    VerifyCheck(.run(command), name: "tests", source: .workspace),
                    VerifyCheck(.unchanged(["tests"]), source: .workspace),
                ]
            ])
        #expect(
            verification.commands == [
                .inbox: .named, .rest: .none, .cli: .none, .webhook: .none, .shell: .none, .schedule: .none,
                .connector: .none,
            ])
    }

    @Test func commands_areFreeByDefault_butForOtherServices() throws {
        #expect(try ConfigurationSandbox().load().verification.commands == [.webhook: .named])
        let all = try ConfigurationSandbox("verify: {run: all}").load().verification.commands
        #expect(
            Set(all.keys) == Set(TaskOrigin.Kind.allCases).subtracting([.migration])
                && all.values.allSatisfy { $0 == .all })
    }

    @Test(arguments: [
        ("checks: {a: {exsts: x}}", "1: checks.a: unknown key \"exsts\"; did you mean \"exists\"?"),
        ("checks:\n  a b: {exists: x}", "2: checks.a b: should be named with letters, digits and ._-, at most 100"),
        ("checks: [a]", "1: checks: should be a mapping of names to checks, but is a list"),
        (
            "verify: {run: some}",
            "1: verify.run: should be all, named or none, or a mapping of inbox, rest, cli, webhook, shell, schedule, connector and \"*\" to them, but is \"some\""
        ),
        (
            "verify: {run: {inbx: all}}",
            "1: verify.run.inbx: unknown key; known are inbox, rest, cli, webhook, shell, schedule, connector, \"*\""
        ),
        (
            "workspaces:\n  a:\n    path: /c\n    verify:\n      - exists: a\n      - exists: /etc",
            "6: workspaces.a.verify.2: exists should be relative to the workspace, but is \"/etc\""
        ),
    ])
    func faults_nameTheirLines(yaml: String, message: String) throws {
        #expect(try ConfigurationSandbox(yaml).complaints() == [message])
    }

    @Test func nameThatNoCheckHas_isNamedWithTheNearest() throws {
        let yaml = "checks: {tests: {run: make}}\nworkspaces:\n  a: {path: /c, verify: [test]}\n"
        #expect(
            try ConfigurationSandbox(yaml).complaints() == [
                "3: workspaces.a.verify.1: no check \"test\" is configured; did you mean \"tests\"?"
            ])
    }
}
