import JSON

extension Operation {
    static let mergeTask = {
        var operation = merge
        operation.isBodyOptional = true
        return operation
    }()

    private static let merge = Operation(
        "mergeTask", .tasks, "Merge the branch of a task that worked in a worktree of its own, and remove both.",
        text:
            "Into what is checked out in the task's workspace, as git merge does, with its hooks. If both changed the same "
            + "lines, or something is in the way, nothing is changed. A task that failed takes `{\"unproven\": true}`.",
        body: [
            Content(
                schema: .object([:], optional: ["unproven": .bool], isClosed: true), example: ["unproven": true])
        ],
        answer: .object([
            "ok": .constant(true), "taskId": .string(), "branch": .string(),
            "into": Schema.string().orNull.described("The branch that the work is in now."), "commit": .string(),
            "was_merged": Schema.bool.described("Whether somebody had merged it before."),
            "store_version": .storeVersion,
        ]),
        example: [
            "ok": true, "taskId": "20261124T001832996-xiixx-fix-the-login", "branch": "openloom/fix-the-login-xiixx",
            "into": "main", "commit": "8c1f5c0e2a4b9d7e6f3a1b2c3d4e5f6a7b8c9d0e", "was_merged": false,
            "store_version": 7,
        ],
        problems: [.badJSON, .invalidBody, .wrongState, .worktreeConflict, .unsupported, .storageFull])

    static let discardTask = Operation(
        "discardTask", .tasks, "Remove the worktree of a task whose work is not wanted; its branch is kept aside.",
        text: "All that is not ignored is committed and kept as `refs/openloom/discarded/NAME`. The task itself stays.",
        answer: .object([
            "ok": .constant(true), "taskId": .string(), "branch": .string(),
            "kept": Schema.string().described("The reference under which git has it."), "commit": .string(),
            "store_version": .storeVersion,
        ]),
        example: [
            "ok": true, "taskId": "20261124T001832996-xiixx-fix-the-login", "branch": "openloom/fix-the-login-xiixx",
            "kept": "refs/openloom/discarded/fix-the-login-xiixx",
            "commit": "8c1f5c0e2a4b9d7e6f3a1b2c3d4e5f6a7b8c9d0e", "store_version": 7,
        ],
        problems: [.wrongState, .worktreeConflict, .unsupported, .storageFull])
}
