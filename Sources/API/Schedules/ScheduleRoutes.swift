import Blocking
import Hummingbird
import JSON
import Spool
import SystemPackage
import TaskSource

/// `/api/schedules`: which there are, when they are due, to have one make a task now, and to keep one from making any.
struct ScheduleRoutes: Sendable {
    let book: ScheduleBook
    let observer: TaskObserver

    /// Moments that the page of one schedule lists.
    static let upcoming = 5

    func add(to table: inout RouteTable) {
        table.on(.get, "/api/schedules", .listSchedules) { _, _ in
            let all = try await BlockingPool.run { () throws(SpoolError) in try book.statuses() }
            return Response(json: ["schedules": .array(all.map { .object($0.json) })])
        }
        table.on(.get, "/api/schedules/{name}", .showSchedule) { _, context in
            let name = try context.scheduleName
            return try await BlockingPool.run { () throws(SpoolError) in try show(name) }
        }
        table.on(.post, "/api/schedules/{name}/enable", .enableSchedule) { _, context in
            let name = try context.scheduleName
            return try await BlockingPool.run { () throws(SpoolError) in
                try book.spool.enable(name)
                return try show(name)
            }
        }
        table.on(.post, "/api/schedules/{name}/disable", .disableSchedule) { _, context in
            let name = try context.scheduleName
            return try await BlockingPool.run { () throws(SpoolError) in
                try book.spool.disable(name)
                return try show(name)
            }
        }
        table.on(.post, "/api/schedules/{name}/run", .runSchedule, needs: .submit) { _, context in
            let name = try context.scheduleName
            let made = await BlockingPool.run { run(name) }
            let task = try made.get()
            return Response(
                json: [
                    "ok": true, "taskId": .string(task.id.rawValue), "status": .string(task.status),
                    "name": .string(task.name), "workspace": .string(task.spec?.workspace.string ?? ""),
                    "store_version": .int(observer.version),
                ])
        }
    }

    private func show(_ name: ScheduleName) throws(SpoolError) -> Response {
        let now = Timestamp.now()
        let status = try book.status(name, now: now)
        var object = status.json
        let next = status.isActive ? status.file?.next(Self.upcoming, after: now) : nil
        object["upcoming"] = JSONValue((next ?? []).map(\.iso8601))
        return Response(json: ["schedule": .object(object)])
    }

    private func run(_ name: ScheduleName) -> Result<TaskSnapshot, Problem> {
        do throws(ScheduleBook.Fault) {
            let id = try book.submit(try book.read(name), of: name, due: nil)
            return .success((try? book.spool.snapshot(id)) ?? TaskSnapshot(id: id, state: .new, spec: nil))
        } catch {
            switch error {
            case .spool(let error): return .failure(Problem(wholeSpool: error))
            case .source(let error): return .failure(Problem(error))
            }
        }
    }
}

extension APIRequestContext {
    /// The schedule that the path names.
    fileprivate var scheduleName: ScheduleName {
        get throws {
            let text = try parameters.require("name")
            guard let name = ScheduleName(text) else {
                throw Problem(.notFound, "there is no such schedule; GET /api/schedules lists them")
            }
            return name
        }
    }
}
