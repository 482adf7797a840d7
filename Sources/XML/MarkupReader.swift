import Foundation
import FoundationXML

/// Why a document is refused, as the end of a sentence that begins with its name.
package struct MarkupError: Error, Sendable, Hashable {
    package var message: String
    /// It may be right, and is more than is read.
    package var isTooMuch = false
}

/// Reads XML into a tree, bounded in depth and number of elements.
///
/// A document type declaration is refused before the parser sees a byte, and so no entity can be declared. To find one
/// in every encoding, the caller has decoded the text, and it is handed on as UTF-8 without the line that names its
/// encoding.
package enum MarkupReader {
    /// Elements inside each other: a table in a table in a text box has about 40.
    package static let depth = 100
    package static let elements = 300_000
    /// Of one element, declarations of namespaces included: Word writes up to 40. The parser compares each with all
    /// others.
    package static let attributes = 100

    /// - Parameter textElements: Names of the elements whose text is kept.
    package static func parse(_ text: String, textElements: Set<String>) throws(MarkupError) -> MarkupElement {
        var rest = Substring(text)
        if rest.utf8.starts(with: "<?xml".utf8), let end = endOfDeclaration(rest) { rest = rest[end...] }
        let markup = Array(rest.utf8)
        switch MarkupCheck.check(markup) {
        case .harmless: break
        case .declaration: throw MarkupError(message: "has a document type declaration (<!DOCTYPE)")
        case .attributes: throw MarkupError(message: "has an element with more than \(attributes) attributes")
        }
        let builder = TreeBuilder(textElements)
        let parser = XMLParser(data: Data(markup))
        parser.delegate = builder
        parser.shouldResolveExternalEntities = false
        let isWhole = parser.parse()
        if let limit = builder.exceeded { throw MarkupError(message: "has \(limit)", isTooMuch: true) }
        guard isWhole, let root = builder.root else {
            throw MarkupError(message: "is not well-formed XML (line \(max(1, parser.lineNumber)))")
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
    private(set) var root: MarkupElement?
    /// What there was too much of.
    private(set) var exceeded: String?
    private var open: [MarkupElement] = []
    private var count = 0
    private let textElements: Set<String>

    init(_ textElements: Set<String>) { self.textElements = textElements }

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
        qualifiedName qName: String?, attributes attributeDict: [String: String] = [:]
    ) {
        count += 1
        if count > MarkupReader.elements {
            exceeded = "more than \(MarkupReader.elements) elements"
            return parser.abortParsing()
        }
        if open.count >= MarkupReader.depth {
            exceeded = "elements nested more than \(MarkupReader.depth) deep"
            return parser.abortParsing()
        }
        let (prefix, name) = Self.split(elementName)
        var element = MarkupElement(name: name)
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
        guard let last = open.indices.last, textElements.contains(open[last].name) else { return }
        open[last].text += string
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        guard let last = open.indices.last, textElements.contains(open[last].name) else { return }
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
