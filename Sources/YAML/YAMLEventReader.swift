import CYaml

/// Owns libyaml's parser, and reads its events one by one.
///
/// The parser and the bytes it points to live exactly as long as this object.
final class YAMLEventReader {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ input: [UInt8]) throws(YAMLError) {
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        bytes = .allocate(capacity: input.count)
        _ = bytes.initialize(from: input)
        guard yaml_parser_initialize(parser) == 1 else {
            // deinit runs for this object as well; deleting a parser that is all zero does nothing.
            throw YAMLError(message: "there is no memory left to read it", mark: YAMLMark(line: 1, column: 1))
        }
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        bytes.deallocate()
    }

    /// The next event. After the end of the stream and after an error there is none; do not ask again.
    func next() throws(YAMLError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw fault() }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(kind: Self.kind(of: event), mark: Self.mark(event.start_mark))
    }

    private static func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
        switch event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return .scalar(
                text: text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, tag: Self.text(scalar.tag),
                anchor: Self.text(scalar.anchor)
            )
        case YAML_SEQUENCE_START_EVENT:
            return .sequenceStart(
                tag: text(event.data.sequence_start.tag), anchor: text(event.data.sequence_start.anchor))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            return .mappingStart(tag: text(event.data.mapping_start.tag), anchor: text(event.data.mapping_start.anchor))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: return .streamEnd
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<UInt8>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private static func mark(_ mark: yaml_mark_t) -> YAMLMark {
        YAMLMark(line: Int(clamping: mark.line) &+ 1, column: Int(clamping: mark.column) &+ 1)
    }

    // MARK: errors

    private func fault() -> YAMLError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "the text can't be read"
        switch state.error {
        case YAML_MEMORY_ERROR:
            return YAMLError(message: "there is no memory left to read it", mark: Self.mark(state.mark))
        case YAML_READER_ERROR:
            return YAMLError(
                message: "\(problem) (byte \(state.problem_offset))",
                mark: markOfByte(Int(clamping: state.problem_offset))
            )
        default:
            var message = problem
            if let context = state.context.map({ String(cString: $0) }) {
                message += " \(context)"
                let began = Self.mark(state.context_mark)
                let here = Self.mark(state.problem_mark)
                if began != here { message += " that began at line \(began.line), column \(began.column)" }
            }
            if let advice = Self.advice[problem] { message += "; \(advice)" }
            return YAMLError(message: message, mark: Self.mark(state.problem_mark))
        }
    }

    /// The faults that people make most, and what mends them.
    private static let advice = [
        "mapping values are not allowed in this context":
            "put a value that has a colon and a space in it in quotes",
        "found character that cannot start any token":
            "indent with spaces, not tabs, and put a value that begins with @ or ` or % in quotes",
        "could not find expected ':'": "a key is followed by a colon and a space",
        "did not find expected key": "keys of one mapping begin in the same column",
        "found unexpected end of stream": "a quote or bracket is not closed",
    ]

    /// Where the reader stopped that decodes bytes: libyaml gives only their number.
    private func markOfByte(_ offset: Int) -> YAMLMark {
        var mark = YAMLMark(line: 1, column: 1)
        for byte in bytes.prefix(max(0, offset)) {
            if byte == 0x0A {
                mark.line += 1
                mark.column = 1
            } else if byte & 0xC0 != 0x80 {
                mark.column += 1
            }
        }
        return mark
    }
}
