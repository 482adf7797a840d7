import Testing

@testable import Inotify

@Suite(.timeLimit(.minutes(3))) struct HintBoxTests {
    private let box = HintBox()

    @Test func firstHint_isToLookEverywhere() async {
        #expect(await box.next() == WatchHint(rescan: true))
    }

    @Test func hints_becomeOne_whileNobodyAsks() async {
        _ = await box.next()
        for number in 0..<10 { box.offer(WatchHint(closed: ["k": ["\(number)"]])) }
        #expect(await box.next() == WatchHint(closed: ["k": Set((0..<10).map(String.init))]))
        box.offer(WatchHint(keys: ["last"]))
        #expect(await box.next() == WatchHint(keys: ["last"]))
    }

    @Test func cancelledConsumer_getsNil_andTheNextOneMissesNothing() async {
        _ = await box.next()
        let consumer = Task { [box] in await box.next() }
        consumer.cancel()
        #expect(await consumer.value == nil)
        box.offer(WatchHint(keys: ["k"]))
        #expect(await box.next() == WatchHint(keys: ["k"]))
    }

    @Test func cancelledConsumer_leavesThePendingHint() async {
        let consumer = Task { [box] in
            withUnsafeCurrentTask { $0?.cancel() }
            return await box.next()
        }
        #expect(await consumer.value == nil)
        #expect(await box.next() == WatchHint(rescan: true))
    }

    @Test func secondConsumer_takesThePlaceOfTheFirst() async {
        _ = await box.next()
        await withTaskGroup(of: WatchHint?.self) { [box] group in
            group.addTask { await box.next() }
            group.addTask { await box.next() }
            // Whichever asked first has lost its place.
            #expect(await group.next() == .some(nil))
            box.offer(WatchHint(keys: ["k"]))
            #expect(await group.next() == .some(WatchHint(keys: ["k"])))
        }
    }

    @Test func close_endsTheSequence_forWhoWaitsAndWhoComesLater() async {
        _ = await box.next()
        let consumer = Task { [box] in await box.next() }
        box.close()
        #expect(await consumer.value == nil)
        box.offer(WatchHint(keys: ["k"]))
        #expect(await box.next() == nil)
    }
}
