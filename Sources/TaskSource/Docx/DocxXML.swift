import Foundation
import FoundationXML

/// Why a part of a document is refused.
struct DocxXMLError: Error {
    var message: String
}

/// Reads an XML part into a tree, bounded in depth and number of elements.
///
/// A document type declaration is refused before the parser sees a byte, and so no entity can be declared. To find one
/// in every encoding, the part is decoded by ourselves (Office Open XML allows UTF-8 and UTF-16 only), and handed on
/// as UTF-8 without the line that names its encoding.
enum DocxXML {
    /// Elements inside each other: a table in a table in a text box has about 40.
    static let depth = 100
    static let elements = 300_000
    /// Of one element, declarations of namespaces included: Word writes up to 40. The parser compares each with all
    /// others.
    static let attributes = 100

    static func parse(_ bytes: [UInt8], part: String) throws(DocxXMLError) -> DocxElement {
        var text: Substring
        do {
            text = Substring(try SourceText.decode(bytes))
        } catch {
            throw DocxXMLError(message: "\(part) is neither UTF-8 nor UTF-16; save the document again")
        }
        if text.utf8.starts(with: "<?xml".utf8), let end = endOfDeclaration(text) { text = text[end...] }
        let markup = Array(text.utf8)
        switch DocxMarkup.check(markup) {
        case .harmless: break
        case .declaration:
            throw DocxXMLError(message: "\(part) has a document type declaration (<!DOCTYPE); save the document again")
        case .attributes:
            throw DocxXMLError(
                message: "\(part) has an element with more than \(attributes) attributes; save the document again"
            )
        }
        let builder = TreeBuilder()
        let parser = XMLParser(data: Data(markup))
        parser.delegate = builder
        parser.shouldResolveExternalEntities = false
        let isWhole = parser.parse()
        if let limit = builder.exceeded {
            throw DocxXMLError(message: "\(part) has \(limit); make the document simpler")
        }
        guard isWhole, let root = builder.root else {
            throw DocxXMLError(
                message: "\(part) is not well-formed XML (line \(max(1, parser.lineNumber))); save the document again"
            )
        }
        return root
    }

    private static func endOfDeclaration(_ text: Substring) -> Substring.Index? {
        let bytes = text.utf8
        guard let close = bytes.firstIndex(of: UInt8(ascii: ">")) else { return nil }
        return bytes.index(after: close)
    }
}

/// Builds the tree. Used by one parser on one thread.
private final class TreeBuilder: NSObject, XMLParserDelegate {
    private(set) var root: DocxElement?
    /// What there was too much of.
    private(set) var exceeded: String?
    private var open: [DocxElement] = []
    private var count = 0

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
        qualifiedName qName: String?, attributes attributeDict: [String: String] = [:]
    ) {
        count += 1
        if count > DocxXML.elements {
            exceeded = "more than \(DocxXML.elements) elements"
            return parser.abortParsing()
        }
        if open.count >= DocxXML.depth {
            exceeded = "elements nested more than \(DocxXML.depth) deep"
            return parser.abortParsing()
        }
        let (prefix, name) = Self.split(elementName)
        var element = DocxElement(name: name)
        for (key, value) in attributeDict {
            let (attributePrefix, attribute) = Self.split(key)
            if attributePrefix == prefix || attributePrefix.isEmpty {
                element.attributes[attribute] = value
            } else if key == "xml:space" {
                element.attributes[key] = value
            }
        }
        open.append(element)
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        guard let last = open.indices.last, open[last].name == "t" else { return }
        open[last].text += string
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        guard let last = open.indices.last, open[last].name == "t" else { return }
        open[last].text += String(decoding: block, as: UTF8.self)
    }

    func parser(
        _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName qName: String?
    ) {
        guard let element = open.popLast() else { return }
        if let last = open.indices.last {
            open[last].children.append(element)
        } else {
            root = element
        }
    }

    private static func split(_ name: String) -> (prefix: Substring, name: String) {
        guard let colon = name.utf8.firstIndex(of: UInt8(ascii: ":")) else { return ("", name) }
        return (name[..<colon], String(name[name.utf8.index(after: colon)...]))
    }
}
