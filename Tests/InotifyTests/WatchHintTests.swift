import Testing

@testable import Inotify

@Suite struct WatchHintTests {
    @Test func merge_keepsWhatBothSay() {
        var hint = WatchHint(closed: ["a": ["1", "2"]])
        hint.merge(WatchHint(keys: ["b"], closed: ["a": ["2", "3"]], rescan: true))
        #expect(hint == WatchHint(keys: ["a", "b"], closed: ["a": ["1", "2", "3"]], rescan: true))
    }

    @Test func names_beyondTheBound_areLeftOutAndBecomeRescan() {
        var hint = WatchHint()
        for number in 0..<WatchHint.maximumNames { hint.insert(closed: "\(number)", key: "k\(number % 2)") }
        #expect(!hint.rescan)
        hint.insert(closed: "7", key: "k1")
        #expect(!hint.rescan, "a name that is there already takes no room")

        hint.insert(closed: "one more", key: "k3")
        #expect(hint.rescan)
        #expect(hint.keys == ["k0", "k1", "k3"])
        #expect(hint.closed.values.map(\.count).reduce(0, +) == WatchHint.maximumNames)
    }

    @Test func merge_isBoundAsWell() {
        let names = { (prefix: String) in Set((0..<3000).map { "\(prefix)\($0)" }) }
        var hint = WatchHint(closed: ["a": names("x")])
        hint.merge(WatchHint(closed: ["a": names("y")]))
        #expect(hint.rescan)
        #expect(hint.closed["a"]?.count == WatchHint.maximumNames)
    }

    @Test func directories_beyondTheBound_areLeftOut_andTheirKeyIsUnnamed() {
        let names = { (prefix: String) in Set((0..<3000).map { "\(prefix)\($0)" }) }
        var hint = WatchHint(moved: ["a": names("x")])
        #expect(hint.keys == ["a"] && hint.unnamed == [])
        hint.merge(WatchHint(moved: ["a": names("y"), "b": ["z"]]))
        #expect(!hint.rescan)
        #expect(hint.unnamed.contains("a"))
        #expect(hint.moved.values.map(\.count).reduce(0, +) == WatchHint.maximumNames)
        #expect(hint.unnamed.contains("b") || hint.moved["b"] == ["z"])
    }
}
