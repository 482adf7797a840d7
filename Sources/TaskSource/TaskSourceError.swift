/// Where in a source something is wrong.
package enum TaskSourcePlace: Sendable, Hashable, CustomStringConvertible {
    /// From 1; the column too, where the fault is one of syntax.
    case line(Int, column: Int? = nil)
    /// A row of a document's first table, from 1.
    case tableRow(Int)
    /// A paragraph of a document outside of tables, from 1, empty ones not counted.
    case paragraph(Int)

    package var description: String {
        switch self {
        case .line(let line, nil): "line \(line)"
        case .line(let line, let column?): "line \(line), column \(column)"
        case .tableRow(let row): "table row \(row)"
        case .paragraph(let number): "paragraph \(number)"
        }
    }
}

extension TaskSourcePlace {
    /// The line in a text; nil if it is no line.
    package var line: Int? {
        guard case .line(let line, _) = self else { return nil }
        return line
    }
}

/// One thing that is wrong with a source, and how to mend it.
package struct TaskSourceProblem: Sendable, Hashable, CustomStringConvertible {
    /// The key as it was written, or the key that is missing; nil if the fault is not about one key.
    package var key: String?
    package var place: TaskSourcePlace?
    /// What is wrong and how to mend it.
    package var message: String
    /// JSON pointer into a REST body; nil for files.
    package var pointer: String?
    /// Whether the source is as it should be, and only what it names is not there, or not allowed, on this machine.
    package var isCircumstance: Bool

    package init(
        key: String? = nil, place: TaskSourcePlace? = nil, message: String, pointer: String? = nil,
        isCircumstance: Bool = false
    ) {
        self.key = key
        self.place = place
        self.message = message
        self.pointer = pointer
        self.isCircumstance = isCircumstance
    }

    /// The line in a text; nil if there is none to name.
    package var line: Int? { place?.line }

    /// `line 3: priority: …` on one line.
    package var description: String {
        [place?.description, key.map(Quoting.name), message].compactMap(\.self).joined(separator: ": ")
    }
}

/// Why a source can't become a task: everything that is wrong with it, so that it can be mended in one go.
package struct TaskSourceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Never empty, and at most ``most`` long.
    package let problems: [TaskSourceProblem]

    /// A file with a thousand faults is no task file; nobody reads further than this.
    package static let most = 50

    package init(_ first: TaskSourceProblem, _ others: [TaskSourceProblem] = []) {
        let all = [first] + others
        if all.count <= Self.most {
            problems = all
        } else {
            let rest = TaskSourceProblem(message: "there are \(all.count - Self.most + 1) more problems")
            problems = all.prefix(Self.most - 1) + [rest]
        }
    }

    /// Nil if nothing is wrong.
    init?(_ problems: [TaskSourceProblem]) {
        guard let first = problems.first else { return nil }
        self.init(first, Array(problems.dropFirst()))
    }

    /// One line for each problem; what `NAME.reason.txt` says.
    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
