/// The language of reports that lie beside the sources of tasks.
package enum ReportLanguage: String, Sendable, Hashable, CaseIterable {
    case english = "en"
    case chinese = "zh"

    package var words: ReportWords {
        switch self {
        case .english: .english
        case .chinese: .chinese
        }
    }
}

/// What reports say, in one language. Whatever comes from the agent or from files stays as it is.
package struct ReportWords: Sendable, Hashable {
    /// A phrase with a number: `#` stands for it.
    package struct Counted: Sendable, Hashable {
        var one: String
        var many: String

        func text(_ count: Int) -> String { (count == 1 ? one : many).replacing("#", with: "\(count)") }
    }

    /// For `w:lang` of a Word document.
    package var tag: String
    var colon: String
    var comma: String
    var at: String
    // The table of facts.
    var task, workspace, branch, session, model, started, ended, took, tokens, cost, status: String
    var claim, claimCut, fact: String
    var claimRest: [ReportDocument.Span]
    var nothingChanged, nothingComparableChanged, undeterminable: String
    var file, onDisk, bytes, told, notChanged: String
    var moreFiles: Counted
    var checks, check, expected, found, passed, failed: String
    var checksPassed: Counted
    /// `%` stands for how many of them.
    var checksFailed: Counted
    var noneChanged: String
    var filesChanged: Counted
    var turns: Counted
    var asks, answerHow, lastMessage: String
    /// Words for verdicts, statuses and kinds of changes; what has none stays as it is.
    var verdicts: [String: String]
    var statuses: [String: String]
    var kinds: [String: String]

    package static let english = ReportWords(
        tag: "en-US", colon: ": ", comma: ", ", at: " at ",
        task: "task", workspace: "workspace", branch: "branch", session: "session", model: "model",
        started: "started", ended: "ended", took: "took", tokens: "tokens", cost: "cost", status: "status",
        claim: "Claim: what the agent says", claimCut: "The rest is left out here.", fact: "Fact: what is on disk",
        claimRest: [
            .word("The rest is in "), .code("result.json"), .word(" or "), .code("transcript.json"), .word("."),
        ],
        nothingChanged: "Nothing changed.",
        nothingComparableChanged: "Nothing that could be compared has changed.",
        undeterminable: "Could not be determined:",
        file: "file", onDisk: "on disk", bytes: "bytes", told: "the agent's server says", notChanged: "not changed",
        moreFiles: Counted(one: "1 more file is not listed here.", many: "# more files are not listed here."),
        checks: "Checks", check: "check", expected: "expected", found: "found", passed: "passed", failed: "failed",
        checksPassed: Counted(one: "1 check passed", many: "# checks passed"),
        checksFailed: Counted(one: "% of 1 check failed", many: "% of # checks failed"),
        noneChanged: "nothing changed",
        filesChanged: Counted(one: "1 file changed", many: "# files changed"),
        turns: Counted(one: "1 turn", many: "# turns"),
        asks: "The agent asks", answerHow: "Answer it in the dashboard, or with:",
        lastMessage: "What the agent said last",
        verdicts: [:], statuses: [:], kinds: [:]
    )

    package static let chinese = ReportWords(
        tag: "zh-CN", colon: "：", comma: "，", at: " @ ",
        task: "任务", workspace: "工作目录", branch: "分支", session: "会话", model: "模型",
        started: "开始时间", ended: "结束时间", took: "耗时", tokens: "令牌数", cost: "费用", status: "状态",
        claim: "声明：智能体所述", claimCut: "其余内容在此省略。", fact: "事实：磁盘上的实际情况",
        claimRest: [.word("其余内容见 "), .code("result.json"), .word(" 或 "), .code("transcript.json"), .word("。")],
        nothingChanged: "没有任何更改。", nothingComparableChanged: "可以比较的内容没有更改。",
        undeterminable: "无法确定：",
        file: "文件", onDisk: "磁盘上", bytes: "字节", told: "智能体服务器所述", notChanged: "未更改",
        moreFiles: Counted(one: "另有 1 个文件未在此列出。", many: "另有 # 个文件未在此列出。"),
        checks: "检查", check: "检查项", expected: "预期", found: "实际", passed: "通过", failed: "失败",
        checksPassed: Counted(one: "1 项检查通过", many: "# 项检查通过"),
        checksFailed: Counted(one: "1 项检查中 % 项失败", many: "# 项检查中 % 项失败"),
        noneChanged: "没有更改",
        filesChanged: Counted(one: "更改了 1 个文件", many: "更改了 # 个文件"),
        turns: Counted(one: "1 轮", many: "# 轮"),
        asks: "智能体的提问", answerHow: "请在控制台中回答，或执行：",
        lastMessage: "智能体的最新消息",
        verdicts: [
            "verified": "已验证", "changed": "已更改", "unchanged": "无更改", "unverified": "未通过验证", "error": "出错",
            "cancelled": "已取消", "timeout": "超时", "stalled": "停滞", "budget": "超出预算", "interrupted": "已中断",
            "invalid": "无效",
        ],
        statuses: ["running": "进行中", "waiting": "等待回答", "paused": "已暂停", "pending": "等待开始"],
        kinds: [
            "added": "新增", "modified": "修改", "deleted": "删除", "changed": "更改", "type changed": "类型更改",
            "mode changed": "权限更改",
        ]
    )
}
