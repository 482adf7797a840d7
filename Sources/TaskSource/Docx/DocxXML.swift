import XML

/// Why a part of a document is refused.
struct DocxXMLError: Error {
    var message: String
}

/// An element of one of a document's XML parts.
typealias DocxElement = MarkupElement

extension MarkupElement {
    /// The `val` of a child: how most properties are written.
    func value(_ name: String) -> String? { first(name)?.attributes["val"] }

    /// Whether a property without content is switched on: it is if it is there and does not say otherwise.
    func isOn(_ name: String) -> Bool {
        guard let property = first(name) else { return false }
        return !["0", "false", "off", "none"].contains(property.attributes["val"] ?? "")
    }
}

/// Reads an XML part. Office Open XML allows UTF-8 and UTF-16 only.
enum DocxXML {
    static func parse(_ bytes: [UInt8], part: String) throws(DocxXMLError) -> DocxElement {
        let text: String
        do {
            text = try SourceText.decode(bytes)
        } catch {
            throw DocxXMLError(message: "\(part) is neither UTF-8 nor UTF-16; save the document again")
        }
        do {
            return try MarkupReader.parse(text, textElements: ["t"])
        } catch {
            let advice = error.isTooMuch ? "make the document simpler" : "save the document again"
            throw DocxXMLError(message: "\(part) \(error.message); \(advice)")
        }
    }
}
