import Blocking
import Git
import SystemPackage

/// Lists the commits that came since the baseline.
struct GitCommits {
    var shadow: GitShadow
    var history: GitHistory
    /// When the baseline was begun, in nanoseconds since 1970.
    var begun: Int

    /// More are not listed.
    static let limit = 1_000

    /// - Returns: The commits, newest first, and what a person should know if that may not be all.
    func list() async -> (commits: [CommitFact], note: String?) {
        let (movements, head, tips) = await BlockingPool.run { [history] in
            (
                history.movements(), GitReferences.head(history.git, common: history.common),
                GitReferences.tips(history.common)
            )
        }
        let known = history.tips
        var starts = tips.union((movements ?? []).map(\.object)).subtracting(known)
        if let head, !known.contains(head) { starts.insert(head) }
        starts = starts.filter { !$0.allSatisfy { $0 == "0" } }
        let note =
            movements == nil && history.logLength != nil ? "HEAD's log was shortened: what was reset is lost" : nil
        if starts.isEmpty { return ([], note) }
        let input = (starts.sorted() + known.sorted().map { "^" + $0 }).joined(separator: "\n") + "\n"
        do throws(GitFailure) {
            let answer = try await shadow.run(
                [
                    "log", "--stdin", "--ignore-missing", "--topo-order", "--encoding=UTF-8",
                    "--max-count=\(Self.limit + 1)",
                    "--format=%H%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%s%x00",
                ], input: Array(input.utf8))
            let made = Set((movements ?? []).filter(\.isMade).map(\.object))
            let commits = parse(answer, made: made, head: head)
            let more = commits.count > Self.limit ? "there are more than \(Self.limit) commits" : nil
            return (Array(commits.prefix(Self.limit)), more ?? note)
        } catch {
            return ([], error.message)
        }
    }

    private func parse(_ answer: GitProgram.Answer, made: Set<String>, head: String?) -> [CommitFact] {
        let fields = answer.output.split(separator: 0, omittingEmptySubsequences: false).map { PathText.shown($0) }
        var commits: [CommitFact] = []
        // Children come before their parents.
        var inHead = Set([head].compactMap { $0 })
        for start in stride(from: 0, through: fields.count - 9, by: 9) {
            let part = fields[start..<(start + 9)].map { $0 }
            let id = part[0].filter { $0 != "\n" }
            let isInHead = inHead.contains(id)
            if isInHead { inHead.formUnion(part[1].split(separator: " ").map { String($0) }) }
            let author = CommitFact.Person(name: part[2], email: part[3], time: Int(part[4]) ?? 0)
            let committer = CommitFact.Person(name: part[5], email: part[6], time: Int(part[7]) ?? 0)
            commits.append(
                CommitFact(
                    id: id, author: author, committer: committer, subject: part[8],
                    by: maker(of: id, committer, made: made), isInHead: isInHead))
        }
        return commits
    }

    private func maker(of id: String, _ committer: CommitFact.Person, made: Set<String>) -> CommitFact.Maker {
        if made.contains(id) {
            return history.email.map { $0 == committer.email } ?? true ? .agent : .unknown
        }
        return committer.time < begun / 1_000_000_000 ? .other : .unknown
    }
}
