import JSON
import Spool
import Synchronization
import SystemPackage

/// A task as it was read, after what was seen of it.
final class SeenTask: Sendable {
    let sighting: TaskSighting
    /// Of one that was read before, without what no filter asks for.
    let task: TaskSnapshot
    /// As it is shown, in JSON, if that was made before.
    fileprivate let text: [UInt8]?

    fileprivate init(_ sighting: TaskSighting, _ task: TaskSnapshot, text: [UInt8]? = nil) {
        (self.sighting, self.task, self.text) = (sighting, task, text)
    }
}

/// Tasks as they were shown last. One is shown so again only if a fresh look at its directory, and at each file that it
/// was made of, proves that reading them again would give the same.
final class TaskShelf: Sendable {
    let spool: SpoolDirectory
    private let shelves: Mutex<Shelves>
    private let reads = Atomic(0)

    /// How often a task had to be read.
    var readCount: Int { reads.load(ordering: .relaxed) }

    /// What is kept, in bytes, about.
    var keptBytes: Int { shelves.withLock { $0.youngBytes + $0.oldBytes } }

    /// - Parameter room: How much is kept, in bytes; what was read long ago is forgotten first.
    init(_ spool: SpoolDirectory, room: Int = 4 << 20) {
        self.spool = spool
        shelves = Mutex(Shelves(room: room))
    }

    /// What is kept at this moment, for one answer.
    func known() -> KnownTasks { shelves.withLock { KnownTasks(young: $0.young, old: $0.old) } }

    /// What is seen of a task without reading it.
    struct Look: Sendable {
        let id: TaskID
        let state: TaskState
        let sighting: TaskSighting
        fileprivate let known: SeenTask?
    }

    /// Looks at a task; nil if it is not there. Blocks.
    ///
    /// - Parameter shared: For several tasks of one answer.
    func look(
        at id: TaskID, in state: TaskState, _ known: KnownTasks, _ shared: inout SharedLook
    ) throws(SpoolError) -> Look? {
        let known = known[id].flatMap { $0.task.state == state ? $0 : nil }
        guard let sighting = try spool.look(at: id, in: state, knowing: known?.sighting, &shared) else {
            return nil
        }
        return Look(
            id: id, state: state, sighting: sighting,
            known: known.flatMap { sighting.proves($0.sighting) ? $0 : nil })
    }

    /// Looks at a task, wherever it is. Blocks.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound``.
    func look(at id: TaskID, _ known: KnownTasks) throws(SpoolError) -> Look {
        for _ in 0..<3 {
            var shared = SharedLook(spool)
            if let look = try look(at: id, in: try spool.locate(id).1, known, &shared) { return look }
        }
        throw SpoolError(.taskNotFound, "find", spool.root.appending(id.rawValue), errno: .noSuchFileOrDirectory)
    }

    /// Reads what was looked at; nil if it has moved away. One that can't be read says so as its damage. Blocks.
    func read(_ look: Look) throws(SpoolError) -> SeenTask? {
        if let known = look.known { return known }
        reads.add(1, ordering: .relaxed)
        let task: TaskSnapshot
        do {
            task = try spool.snapshot(look.id, in: look.state, seenAs: look.sighting.look)
        } catch  where error.code == .taskNotFound {
            return nil
        } catch {
            task = spool.damaged(look.id, in: look.state, error)
        }
        return SeenTask(look.sighting, task)
    }

    /// Looks at a task and reads it; nil if it is gone. Blocks.
    ///
    /// - Parameters:
    ///   - state: Where it was just seen.
    ///   - shared: For several tasks of one answer.
    func task(
        _ id: TaskID, seenIn state: TaskState, _ known: KnownTasks, _ shared: inout SharedLook
    ) throws(SpoolError) -> SeenTask? {
        if let look = try look(at: id, in: state, known, &shared), let task = try read(look) { return task }
        do {
            // It has moved on, and may do so again.
            for _ in 0..<3 {
                if let task = try read(try look(at: id, known)) { return task }
            }
        } catch  where error.code == .taskNotFound {
            return nil
        }
        return nil
    }

    /// The task as it is shown, in JSON. Blocks.
    ///
    /// - Parameters:
    ///   - made: Gets the task if its text had to be made and can be used again, to be kept.
    ///   - dependencies: For several tasks of one answer, so that the directories are listed once.
    ///   - view: Only whole tasks are kept. What is shown otherwise must have been read without what was known.
    func text(
        of seen: SeenTask, _ made: inout [SeenTask], _ dependencies: DependencyFinder? = nil, as view: TaskView = .full
    ) -> [UInt8] {
        if view != .full { return JSONValue.object(spool.document(seen.task, view, dependencies)).compactBytes }
        if let text = seen.text { return text }
        let text = JSONValue.object(spool.document(seen.task, seenAs: seen.sighting.look, dependencies)).compactBytes
        if seen.sighting.isProof, seen.task.damage == nil {
            var task = seen.task
            task.result = nil
            task.activity = nil
            made.append(SeenTask(seen.sighting, task, text: text))
        }
        return text
    }

    /// Keeps what somebody may ask for again soon.
    func keep(_ made: [SeenTask]) {
        if made.isEmpty { return }
        shelves.withLock { shelves in
            for task in made { shelves.put(task) }
        }
    }
}

/// What a shelf held at one moment.
struct KnownTasks: Sendable {
    static let none = KnownTasks(young: [:], old: [:])

    fileprivate let young: [TaskID: SeenTask]
    fileprivate let old: [TaskID: SeenTask]

    fileprivate subscript(id: TaskID) -> SeenTask? { young[id] ?? old[id] }
}

extension TaskShelf {
    /// When the young half is full it takes the place of the old one.
    private struct Shelves {
        let room: Int
        private(set) var young: [TaskID: SeenTask] = [:]
        private(set) var old: [TaskID: SeenTask] = [:]
        private(set) var youngBytes = 0
        private(set) var oldBytes = 0

        init(room: Int) { self.room = room }

        mutating func put(_ task: SeenTask) {
            let bytes = Self.bytes(task)
            if youngBytes + bytes > room / 2 {
                (old, oldBytes) = (young, youngBytes)
                (young, youngBytes) = ([:], 0)
            }
            guard bytes <= room / 2 else { return }
            if let before = young.updateValue(task, forKey: task.task.id) { youngBytes -= Self.bytes(before) }
            youngBytes += bytes
        }

        /// The text, the spec that it has in it, and about what the rest takes.
        private static func bytes(_ task: SeenTask) -> Int { 2 * (task.text?.count ?? 0) + 2048 }
    }
}
