import SystemPackage
import Testing

/// Every fault that was seen in another tool of this kind, and is ours to avoid in this version, has a test that bears
/// its number. 19 to 22 are about REST and documents, which have suites of their own.
@Suite struct FaultCoverageOnceTests {
    @Test func everyFault_hasATestWithItsNumber() throws {
        var tested: Set<Int> = []
        for file in ["VerdictFaultTests.swift", "WorkFaultTests.swift"] {
            let text = try #require(Files.text(FilePath(#filePath).removingLastComponent().appending(file)))
            for title in text.matches(of: /@Test\(\s*"faults? ([0-9]+)(?: and ([0-9]+))?[:,]/) {
                tested.formUnion([title.1, title.2].compactMap { $0.flatMap { Int($0) } })
            }
        }
        #expect(tested == Set(1...18).union([23, 24]))
    }
}
