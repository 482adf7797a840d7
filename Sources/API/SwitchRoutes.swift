import Blocking
import Hummingbird
import JSON
import Spool

/// `/api/pause` and `/api/closed`: the files of these names in the spool's root.
struct SwitchRoutes: Sendable {
    let spool: SpoolDirectory
    let observer: TaskObserver

    func add(to table: inout RouteTable) {
        for control in SpoolSwitch.allCases {
            let path = "/api/\(control.rawValue)"
            table.on(.get, path, .show(control)) { _, _ in
                let isOn = await BlockingPool.run { spool.isOn(control) }
                return answer(control, isOn)
            }
            table.on(.put, path, .set(control)) { _, _ in
                try await turn(control, on: true)
            }
            table.on(.delete, path, .reset(control)) { _, _ in
                try await turn(control, on: false)
            }
        }
    }

    private func turn(_ control: SpoolSwitch, on isOn: Bool) async throws -> Response {
        do {
            try await BlockingPool.run { () throws(SpoolError) in try spool.turn(control, on: isOn) }
        } catch {
            throw Problem(wholeSpool: error)
        }
        return answer(control, isOn)
    }

    private func answer(_ control: SpoolSwitch, _ isOn: Bool) -> Response {
        Response(json: [control.member: .bool(isOn), "store_version": .int(observer.version)])
    }
}

extension SpoolSwitch {
    /// As `/readyz` calls it.
    var member: String {
        switch self {
        case .pause: "paused"
        case .closed: "closed"
        }
    }
}
