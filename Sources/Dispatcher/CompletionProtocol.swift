/// The two lines with which an agent says that it is done, and how it is told of them.
package enum CompletionProtocol {
    package static let completeMarker = "TASK COMPLETE"
    package static let noChangeMarker = "NO CHANGE NEEDED"

    /// The goal, verbatim, then the protocol.
    package static func prompt(goal: String) -> String {
        """
        \(goal)

        ---
        \(instructions)
        """
    }

    static let instructions = """
        When you have done this and have checked the result, end your last message with a line that holds exactly \
        \(completeMarker) and nothing else. If you find that nothing needs to be changed, say why, and end with a line \
        that holds exactly \(noChangeMarker). Write neither line before you are finished. Nobody is there to answer \
        questions in the chat: decide what you can, and say what you decided.
        """

    package enum Marker: String, Sendable, Hashable {
        case complete
        case noChange
    }

    /// The marker that a message ends its work with: a line with exactly those words. A sentence that mentions them is
    /// none. Of several the last counts.
    package static func marker(in text: String) -> Marker? {
        for line in text.split(whereSeparator: \.isNewline).reversed() {
            switch line.drop(while: \.isWhitespace).trimmedEnd {
            case completeMarker: return .complete
            case noChangeMarker: return .noChange
            default: continue
            }
        }
        return nil
    }
}

extension Substring {
    fileprivate var trimmedEnd: String {
        var text = self
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
