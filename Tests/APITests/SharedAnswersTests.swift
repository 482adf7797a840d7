import Synchronization
import Testing

@testable import API

extension APITests {
    /// An answer is begun after it was asked for, and made once for all who asked in time.
    @Suite struct SharedAnswersTests {
        /// Makes numbers, the first of them when it is let go.
        private final class Maker: Sendable {
            private let begun = Atomic(0)
            private let gate = AsyncStream<Void>.makeStream()

            var count: Int { begun.load(ordering: .relaxed) }

            func make() async -> Int {
                let number = begun.add(1, ordering: .relaxed).newValue
                if number == 1 { for await _ in gate.stream { break } }
                return number
            }

            func letGo() { gate.continuation.finish() }
        }

        @Test func answers_askedForWhileOneIsMade_areOneMore() async {
            let maker = Maker()
            let shared = SharedAnswers<String, Int>()
            let numbers = await withTaskGroup(of: Int.self) { group in
                group.addTask { await shared.answer("q") { await maker.make() } }
                while maker.count < 1 { await Task.yield() }
                for _ in 0..<20 { group.addTask { await shared.answer("q") { await maker.make() } } }
                while shared.waiting(for: "q") < 20 { await Task.yield() }
                maker.letGo()
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(numbers.sorted() == [1] + Array(repeating: 2, count: 20))
            #expect(shared.waiting(for: "q") == 0)
        }

        @Test func answers_askedForOneAfterTheOther_areMadeEachTime() async {
            let maker = Maker()
            maker.letGo()
            let shared = SharedAnswers<String, Int>()
            for number in 1...3 {
                #expect(await shared.answer("q") { await maker.make() } == number)
            }
        }

        @Test func otherQuestions_doNotWait() async {
            let maker = Maker()
            let shared = SharedAnswers<String, Int>()
            await withTaskGroup { group in
                group.addTask { #expect(await shared.answer("slow") { await maker.make() } == 1) }
                while maker.count < 1 { await Task.yield() }
                #expect(await shared.answer("quick") { 7 } == 7)
                maker.letGo()
            }
        }
    }
}
