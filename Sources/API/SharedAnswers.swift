import Synchronization

/// Answers that many ask for at once, each made once for all who asked before it was begun.
///
/// Who asks while one is being made may have to be told of what happened since it was begun, and waits for the next one;
/// so nobody is told less than if he had asked alone.
final class SharedAnswers<Question: Hashable & Sendable, Answer: Sendable>: Sendable {
    private typealias Waiting = CheckedContinuation<Answer, Never>

    /// A question is in it while an answer to it is being made, with those who wait for the next one.
    private let asked = Mutex<[Question: [Waiting]]>([:])

    /// An answer that `make` began to make after the call. Whoever waits for it gets the same one.
    func answer(_ question: Question, _ make: @escaping @Sendable () async -> Answer) async -> Answer {
        let isAlone = asked.withLock { asked in
            if asked[question] != nil { return false }
            asked[question] = []
            return true
        }
        if isAlone {
            let answer = await make()
            serveNext(question, make)
            return answer
        }
        return await withCheckedContinuation { waiting in
            let isMaking = asked.withLock { asked in asked[question]?.append(waiting) != nil }
            if isMaking { return }
            // It was made in the meantime, and nobody makes another.
            Task { waiting.resume(returning: await self.answer(question, make)) }
        }
    }

    /// How many wait for the next answer to that question.
    func waiting(for question: Question) -> Int { asked.withLock { $0[question]?.count ?? 0 } }

    /// Makes one more for those who have come, if any have, without keeping anybody waiting for it who has not.
    private func serveNext(_ question: Question, _ make: @escaping @Sendable () async -> Answer) {
        let waiting = asked.withLock { asked in
            let waiting = asked[question] ?? []
            asked[question] = waiting.isEmpty ? nil : []
            return waiting
        }
        if waiting.isEmpty { return }
        Task {
            let answer = await make()
            for one in waiting { one.resume(returning: answer) }
            self.serveNext(question, make)
        }
    }
}
