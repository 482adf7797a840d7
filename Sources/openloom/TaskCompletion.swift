import ArgumentParser
import Console
import Spool

/// Proposes tasks to a shell.
enum TaskCompletion {
    /// More than anybody reads.
    private static let most = 100

    static let tasks = CompletionKind.custom { words, _, _ in
        guard let options = try? GlobalOptions.parse(spoolOption(words)), let spool = try? options.openSpool(),
            let all = try? spool.listAll()
        else { return [] }
        let names = TaskNames(all: all.keys)
        return all.keys.sorted(by: >).prefix(most).flatMap { [names.short($0), $0.rawValue] }
    }

    /// `--spool` as it stands on the command line that is being completed.
    private static func spoolOption(_ words: [String]) -> [String] {
        guard let place = words.firstIndex(of: "--spool"), words.indices.contains(place + 1) else { return [] }
        return ["--spool", words[place + 1]]
    }
}
