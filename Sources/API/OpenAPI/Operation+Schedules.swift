import JSON
import Schedules
import Spool
import TaskSource

extension Operation {
    static let listSchedules = Operation(
        "listSchedules", .schedules, "Which schedules there are, and when they are due.",
        text: "One for each file `schedules/NAME.yaml` of the spool, also of those that can't be followed.",
        answer: .object(["schedules": .array(of: .ref("Schedule"))]), example: ["schedules": [exampleSchedule]])

    static let showSchedule = Operation(
        "showSchedule", .schedules, "One schedule, with the next moments at which it is due.",
        answer: .object(["schedule": .ref("Schedule")]), example: ["schedule": exampleSchedule],
        problems: [.notFound])

    static let enableSchedule = Operation(
        "enableSchedule", .schedules, "Have a schedule make tasks again: `rm schedules/NAME.disabled`.",
        text: "What would have been due meanwhile was not missed. One whose file says `enabled: false` stays inactive.",
        answer: .object(["schedule": .ref("Schedule")]), example: ["schedule": exampleSchedule],
        problems: [.notFound])

    static let disableSchedule = Operation(
        "disableSchedule", .schedules, "Keep a schedule from making tasks: `touch schedules/NAME.disabled`.",
        text: "Those that it has made go on.",
        answer: .object(["schedule": .ref("Schedule")]), example: ["schedule": exampleSchedule],
        problems: [.notFound, .storageFull])

    static let runSchedule = Operation(
        "runSchedule", .schedules, "Have a schedule make a task now, beside those that it makes by itself.",
        answer: .object([
            "ok": .constant(true), "taskId": .string(), "status": .string(), "name": .string(), "workspace": .string(),
            "store_version": .storeVersion,
        ]),
        example: [
            "ok": true, "taskId": "20261124T001832996-xiixx-nightly", "status": "pending", "name": "Nightly",
            "workspace": "/srv/shop", "store_version": 4,
        ],
        problems: [.notFound, .invalidTask, .unusableWorkspace, .closed, .storageFull])

    private static let exampleSchedule: JSONValue = [
        "name": "nightly", "path": "schedules/nightly.yaml", "active": true, "problem": nil, "disabled": false,
        "rule": "30 2 * * *", "timezone": "Europe/Berlin", "overlap": "skip", "missed": "run_once", "until": nil,
        "next": "2026-11-25T01:30:00.000Z",
        "last": [
            "outcome": "created", "due": "2026-11-24T01:30:00.000Z", "time": "2026-11-24T01:30:00.012Z",
            "task": "20261124T013000012-xiixx-nightly", "reason": "",
        ],
        "open": [],
    ]
}

extension Schema {
    private static let moment = Schema.string(format: "date-time")

    static let schedule = Schema.object(
        [
            "name": .string(), "path": Schema.string().described("In the spool."),
            "active": Schema.bool.described("Whether it makes tasks."),
            "problem": Schema.string().orNull.described("What is wrong with its file."),
            "disabled": Schema.bool.described("Whether there is a file NAME.disabled."),
            "rule": Schema.string().orNull.described("A cron expression, or `every` and a length of time."),
            "timezone": .string().orNull,
            "overlap": Schema.word(ScheduleFile.Overlap.allCases.map(\.rawValue)).orNull,
            "missed": Schema.word(ScheduleDecision.Missed.allCases.map(\.rawValue)).orNull,
            "until": moment.orNull, "next": moment.orNull,
            "last": Schema.object([
                "outcome": .word(ScheduleState.Outcome.Kind.allCases.map(\.rawValue)), "due": moment, "time": moment,
                "task": .string().orNull, "reason": .string(),
            ]).orNull,
            "open": Schema.array(of: .string()).described("Tasks that it has made and that have not ended."),
        ],
        optional: ["upcoming": Schema.array(of: moment).described("Of one schedule: the next five.")])
}
