import JSON
import XML
import YAML
import Zip

/// Reads Word documents: the container by libzip, the parts by XMLParser, the settings from the first table if its
/// rows are keys and values, and the goal from everything else.
enum DocxSource {
    static func read(_ bytes: [UInt8], limits: TaskSourceLimits) throws(TaskSourceError) -> TaskDraft {
        let content: DocxContent
        do {
            content = try self.content(bytes, limits: limits)
        } catch {
            throw TaskSourceError(TaskSourceProblem(message: "the document can't be read: \(error.message)"))
        }
        var blocks = content.blocks
        var draft = TaskDraft()
        if let index = blocks.firstIndex(where: { if case .table = $0.kind { true } else { false } }),
            case .table(let rows) = blocks[index].kind, let fields = DocxSettings.fields(of: rows)
        {
            draft.fields = fields
            blocks.remove(at: index)
        }
        draft.heading = blocks.first(where: \.isHeading)?.text
        let hasGoal = draft.fields.contains { $0.name == TaskKey.goal.rawValue }
        if !hasGoal {
            draft.body = DocxMarkdown.text(blocks)
        } else if let other = blocks.first(where: { !$0.isHeading }) {
            // Headings alone are a title above the table; anything else might be meant for the agent.
            draft.body = DocxMarkdown.text(blocks)
            draft.bodyPlace = other.number.map { .paragraph($0) }
        }
        return draft
    }

    private struct Unreadable: Error {
        var message: String
    }

    private static func content(_ bytes: [UInt8], limits: TaskSourceLimits) throws(Unreadable) -> DocxContent {
        do {
            let archive = try ZipArchive(
                bytes,
                limits: ZipLimits(
                    entries: limits.docxEntries, unpackedBytes: limits.docxUnpackedBytes, ratio: limits.docxRatio))
            guard let document = try part("word/document.xml", of: archive) else {
                throw Unreadable(message: "it has no word/document.xml; save it as .docx")
            }
            guard let body = document.first("body") else {
                throw Unreadable(message: "word/document.xml has no body; save the document again")
            }
            return DocxContent(
                body: body,
                styles: DocxStyles(try part("word/styles.xml", of: archive)),
                numbering: DocxNumbering(try part("word/numbering.xml", of: archive)),
                footnotes: try part("word/footnotes.xml", of: archive),
                endnotes: try part("word/endnotes.xml", of: archive)
            )
        } catch let error as ZipError {
            throw Unreadable(message: error.message)
        } catch let error as DocxXMLError {
            throw Unreadable(message: error.message)
        } catch let error as Unreadable {
            throw error
        } catch {
            throw Unreadable(message: "\(error)")
        }
    }

    private static func part(_ name: String, of archive: ZipArchive) throws -> DocxElement? {
        guard let bytes = try archive.read(name) else { return nil }
        return try DocxXML.parse(bytes, part: name)
    }
}
