import JSON
import Spool

extension Operation {
    static func show(_ control: SpoolSwitch) -> Operation {
        of(control, "show", "Whether \(control.effect).", isOn: false)
    }

    static func set(_ control: SpoolSwitch) -> Operation {
        of(control, "set", "From now on \(control.effect).", isOn: true)
    }

    static func reset(_ control: SpoolSwitch) -> Operation {
        of(control, "reset", "Undo it: \(control.effect) no more.", isOn: false)
    }

    private static func of(_ control: SpoolSwitch, _ verb: String, _ summary: String, isOn: Bool) -> Operation {
        let name = control.rawValue.prefix(1).uppercased() + control.rawValue.dropFirst()
        return Operation(
            verb + name, .health, summary,
            answer: control == .pause
                ? .object(["paused": .bool, "store_version": .storeVersion])
                : .object(["closed": .bool, "store_version": .storeVersion]),
            example: [control.member: .bool(isOn), "store_version": 3], problems: verb == "show" ? [] : [.storageFull])
    }
}

extension SpoolSwitch {
    fileprivate var effect: String {
        switch self {
        case .pause: "no task is started; those that run go on"
        case .closed: "nothing is accepted"
        }
    }
}
