import JSON
import Spool
import Synchronization
import SystemPackage

/// A task as it was read, after what was seen of it.
struct SeenTask: Sendable {
    let sighting: TaskSighting
    /// Of one that was read before, without what no filter asks for.
    let task: TaskSnapshot
    /// As it is shown, in JSON, if that was made before.
    fileprivate let text: [UInt8]?
}

/// Tasks as they were shown last. One is shown so again only if a fresh look at its directory, and at each file that it
/// was made of, proves that reading them again would give the same.
final class TaskShelf: Sendable {
    let spool: SpoolDirectory
    private let kept: Mutex<Kept>
    private let reads = Atomic(0)

    /// How often a task had to be read.
    var readCount: Int { reads.load(ordering: .relaxed) }

    /// What is kept, in bytes, about.
    var keptBytes: Int { kept.withLock { $0.bytes } }

    /// - Parameter room: How much is kept, in bytes; what was not asked for lately is forgotten first.
    init(_ spool: SpoolDirectory, room: Int = 4 << 20) {
        self.spool = spool
        kept = Mutex(Kept(room: room))
    }

    /// What is seen of a task without reading it.
    struct Look: Sendable {
        let id: TaskID
        let state: TaskState
        let sighting: TaskSighting
        fileprivate let known: SeenTask?
    }

    /// Looks at a task; nil if it is not there. Blocks.
    func look(at id: TaskID, in state: TaskState) throws(SpoolError) -> Look? {
        let known = kept.withLock { $0.take(id) }.flatMap { $0.task.state == state ? $0 : nil }
        guard let sighting = try spool.look(at: id, in: state, knowing: known?.sighting) else { return nil }
        return Look(
            id: id, state: state, sighting: sighting,
            known: known.flatMap { sighting.proves($0.sighting) ? $0 : nil })
    }

    /// Looks at a task, wherever it is. Blocks.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound``.
    func look(at id: TaskID) throws(SpoolError) -> Look {
        for _ in 0..<3 {
            if let look = try look(at: id, in: try spool.locate(id).1) { return look }
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
        return SeenTask(sighting: look.sighting, task: task, text: nil)
    }

    /// Looks at a task and reads it; nil if it is gone. Blocks.
    ///
    /// - Parameter state: Where it was just seen.
    func task(_ id: TaskID, seenIn state: TaskState) throws(SpoolError) -> SeenTask? {
        if let look = try look(at: id, in: state), let task = try read(look) { return task }
        do {
            // It has moved on, and may do so again.
            for _ in 0..<3 {
                if let task = try read(try look(at: id)) { return task }
            }
        } catch  where error.code == .taskNotFound {
            return nil
        }
        return nil
    }

    /// The task as it is shown, in JSON. Blocks.
    ///
    /// - Parameters:
    ///   - keeping: Whether somebody may ask for it again soon.
    ///   - dependencies: For several tasks of one answer, so that the directories are listed once.
    func text(of seen: SeenTask, keeping: Bool, _ dependencies: DependencyFinder? = nil) -> [UInt8] {
        if let text = seen.text { return text }
        let text = JSONValue.object(spool.document(seen.task, seenAs: seen.sighting.look, dependencies)).compactBytes
        if keeping, seen.sighting.isProof, seen.task.damage == nil {
            var task = seen.task
            task.result = nil
            task.activity = nil
            kept.withLock { [task] in $0.put(SeenTask(sighting: seen.sighting, task: task, text: text), text.count) }
        }
        return text
    }
}

extension TaskShelf {
    /// In two halves: what is asked for comes into the young one, and when that is full it takes the place of the old.
    private struct Kept {
        private struct Half {
            var tasks: [TaskID: (task: SeenTask, bytes: Int)] = [:]
            var bytes = 0
        }

        private let room: Int
        private var young = Half()
        private var old = Half()

        init(room: Int) { self.room = room }

        var bytes: Int { young.bytes + old.bytes }

        mutating func take(_ id: TaskID) -> SeenTask? {
            if let known = young.tasks[id] { return known.task }
            guard let known = old.tasks[id] else { return nil }
            put(known.task, known.task.text?.count ?? 0)
            return known.task
        }

        mutating func put(_ task: SeenTask, _ length: Int) {
            // The text, the spec that it has in it, and about what the rest takes.
            let bytes = 2 * length + 2048
            if young.bytes + bytes > room / 2 {
                old = young
                young = Half()
            }
            guard bytes <= room / 2 else { return }
            if let before = young.tasks.updateValue((task, bytes), forKey: task.task.id) { young.bytes -= before.bytes }
            young.bytes += bytes
        }
    }
}
