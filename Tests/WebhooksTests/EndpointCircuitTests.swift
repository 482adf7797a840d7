import Spool
import Testing

@testable import Webhooks

@Suite struct EndpointCircuitTests {
    let start = Timestamp(milliseconds: 1_795_000_000_000)
    var circuit = EndpointCircuit(backoff: DeliveryBackoff())

    private func expectAnswer(
        of circuit: inout EndpointCircuit, at time: Timestamp, endsOutage: Bool,
        at place: SourceLocation = #_sourceLocation
    ) {
        let wasDown = circuit.noteAnswer(at: time)
        #expect(wasDown == endsOutage, sourceLocation: place)
    }

    @Test func firstAttempt_goesAlone_andAnAnswerLetsOthersFollow() {
        var circuit = circuit
        #expect(circuit.limit(at: start) == 1)
        expectAnswer(of: &circuit, at: start, endsOutage: true)
        #expect(circuit.limit(at: start) == EndpointCircuit.concurrency)
        expectAnswer(of: &circuit, at: start, endsOutage: false)
    }

    @Test func failuresInARow_openIt_andProbesComeEverLessOften() {
        var circuit = circuit
        _ = circuit.noteAnswer(at: start)
        for _ in 1..<EndpointCircuit.threshold {
            circuit.noteFailure(at: start, retryAfter: nil, chance: 0)
            #expect(circuit.limit(at: start) == EndpointCircuit.concurrency)
        }
        var now = start
        for pause in [5.0, 300, 600, 600, 600] {
            circuit.noteFailure(at: now, retryAfter: nil, chance: 0)
            #expect(circuit.limit(at: now) == 0)
            #expect(circuit.limit(at: now.adding(seconds: pause - 0.001)) == 0)
            now = now.adding(seconds: pause)
            #expect(circuit.limit(at: now) == 1, "after \(pause)")
        }
        expectAnswer(of: &circuit, at: now, endsOutage: true)
        #expect(circuit.recovered == now)
        #expect(circuit.limit(at: now) == EndpointCircuit.concurrency)
    }

    @Test func failuresHereAndThere_areNoOutage() {
        var circuit = circuit
        _ = circuit.noteAnswer(at: start)
        let later = start.adding(seconds: 60)
        for _ in 0..<100 {
            circuit.noteFailure(at: later, retryAfter: nil, chance: 0)
            let cameBack = circuit.noteAnswer(at: later)
            #expect(!cameBack)
        }
        #expect(circuit.recovered == start)
    }

    @Test func retryAfter_pausesTheWholeEndpoint() {
        var circuit = circuit
        _ = circuit.noteAnswer(at: start)
        circuit.noteFailure(at: start, retryAfter: 60, chance: 0)
        #expect(circuit.limit(at: start.adding(seconds: 59)) == 0)
        #expect(circuit.limit(at: start.adding(seconds: 60)) == EndpointCircuit.concurrency)
        circuit.noteFailure(at: start, retryAfter: 1e9, chance: 0)
        #expect(circuit.limit(at: start.adding(seconds: EndpointCircuit.longestRetryAfter)) > 0)
        circuit.noteFailure(at: start, retryAfter: 60, chance: 0)
        circuit.endPause()
        #expect(circuit.limit(at: start) == EndpointCircuit.concurrency)
    }
}
