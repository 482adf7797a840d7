import Spool
import TaskSource
import Testing

/// Documents as programs write them, read from the first to the last paragraph.
@Suite(.timeLimit(.minutes(5))) struct DocxFixtureTests {
    @Test func document_ofLibreOffice_isReadWhole() throws {
        let sources = try Sources()
        let task = try sources.read(try fixture("libreoffice.docx"), as: "auftrag.docx")
        #expect(task.name == "Überarbeite die Fehlermeldungen")
        #expect(task.priority == 7)
        #expect(task.agent == "build")
        #expect(task.maxTurns == 5)
        #expect(
            task.goal == """
                # Überarbeite die Fehlermeldungen

                Die Meldungen sind “unklar” — bitte alle prüfen, auch die im Handbuch.

                ## Was zu tun ist

                - Texte in errors.md lesen
                - Je Meldung:
                    - Ursache nennen
                    - Abhilfe nennen
                - Tests anpassen

                ## Reihenfolge

                1. Erst lesen
                2. Dann schreiben
                3. Zuletzt prüfen

                ### Beispiel

                ```
                if name.isEmpty {
                    fail("name: missing")
                }
                ```

                | Alt | Neu |
                | --- | --- |
                | bad input | name is empty; give one |

                Danke! 日本語も。
                """
        )
    }

    @Test func document_ofPythonDocx_isReadWhole() throws {
        let sources = try Sources()
        let task = try sources.read(try fixture("python-docx.docx"), as: "build.docx")
        #expect(task.name == "Clean up the build")
        #expect(task.model == "anthropic/claude-sonnet-4")
        #expect(task.priority == 2)
        #expect(task.after == ["first task"])
        #expect(task.workspaceShared)
        #expect(task.timeoutSeconds == 1800)
        #expect(task.key == nil)
        #expect(
            task.goal == """
                # Clean up the build

                The build is “slow” — 45 s on every change; that’s too much for naïve use.

                # Steps

                1. Measure first
                2. Change one thing

                ## Candidates

                - caches
                    - of the compiler
                - fewer targets

                ```
                make -j2 \\
                \tall
                ```

                | Target | Before | After |
                | --- | --- | --- |
                | core\\|lib | 45 s | ≤ 10 s |

                Grüße
                """
        )
    }
}
