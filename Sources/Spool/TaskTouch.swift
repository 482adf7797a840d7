/// Something that may look different now, and is no event: nothing became true of a task.
package enum TaskTouch: Sendable, Hashable {
    /// A file of a running task's directory was written: what its agent does now, above all.
    case activity(TaskID)
    /// Something of the whole: `pause` or `closed` may have come or gone, or the outbox may have more to send.
    case whole
}
