internal import Glibc

/// A queue from which any number of threads take what there is to do.
final class SharedQueue<Element: Sendable>: Sendable {
    private let wakeUp = Semaphore()
    private let state = Locked(State())

    private struct State {
        var elements = RingQueue<Element>()
        /// Threads that wait and have not been woken.
        var waiting = 0
        /// Whether a thread has been woken and has not looked at the queue yet. One at a time is enough, as it wakes
        /// the next while something is left; so no thread is woken for what a busy one takes before it could.
        var waking = false

        /// Whether the caller is to wake a thread.
        mutating func claimWaking() -> Bool {
            guard !elements.isEmpty, waiting > 0, !waking else { return false }
            waiting -= 1
            waking = true
            return true
        }
    }

    func add(_ element: Element) {
        let wakes = state.withLock { state in
            state.elements.append(element)
            return state.claimWaking()
        }
        if wakes { wakeUp.signal() }
    }

    /// Takes the first element; waits for one if there is none.
    func take() -> Element {
        var woken = false
        while true {
            let (element, wakes) = state.withLock { state -> (Element?, Bool) in
                if woken { state.waking = false }
                guard let element = state.elements.popFirst() else {
                    state.waiting += 1
                    return (nil, false)
                }
                return (element, state.claimWaking())
            }
            if wakes { wakeUp.signal() }
            if let element { return element }
            wakeUp.wait()
            woken = true
        }
    }
}
