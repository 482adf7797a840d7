import Console
import Testing

@Suite struct PatchCountsTests {
    @Test func counts_areThoseOfTheHunks() {
        let patch = """
            diff --git a/a.txt b/a.txt
            index 1..2 100644
            --- a/a.txt
            +++ b/a.txt
            @@ -1,3 +1,3 @@
             one
            -two
            +2
             three
            @@ -10 +10,2 @@
             ten
            +eleven
            diff --git a/gone.txt b/gone.txt
            --- a/gone.txt
            +++ /dev/null
            @@ -1,2 +0,0 @@
            -x
            -y
            \\ No newline at end of file
            diff --git a/new.txt b/new.txt
            --- /dev/null
            +++ b/new.txt
            @@ -0,0 +1 @@
            +n

            """
        let files = PatchCounts(patch: patch.utf8).files
        #expect(
            files == [
                "a.txt": .init(added: 2, removed: 1), "gone.txt": .init(removed: 2), "new.txt": .init(added: 1),
            ])
    }

    @Test func linesThatLookLikeHeaders_countAsLines() {
        let patch = """
            diff --git a/a b/a
            --- a/a
            +++ b/a
            @@ -1,2 +1,2 @@
            --- a/other
            +++ b/other
             x

            """
        #expect(PatchCounts(patch: patch.utf8).files == ["a": .init(added: 1, removed: 1)])
    }

    @Test func quotedPaths_areUnquoted() {
        let patch = "--- /dev/null\n+++ \"b/\\303\\274ber \\\"x\\\".txt\"\n@@ -0,0 +1 @@\n+n\n"
        #expect(PatchCounts(patch: patch.utf8).files == ["über \"x\".txt": .init(added: 1)])
    }

    @Test(arguments: [
        "@@ -1,99999999999999999999 +1 @@\n+x", "@@\n", "@@ x y @@\n-", "+++ \"", "--- ", "+++ b/a\n@@ -1 +1,-5 @@\n+x",
    ])
    func brokenPatches_areCountedAsFarAsTheyGo(_ patch: String) {
        #expect(PatchCounts(patch: patch.utf8).files.values.allSatisfy { $0.added <= 1 })
    }
}
