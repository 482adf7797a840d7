import Connectors
import XML

/// What a WebDAV server answers to PROPFIND.
enum DAVListing {
    struct Entry: Hashable {
        /// As the server wrote it.
        var href: String
        var isCollection: Bool
        var size: Int?
        var version: String?
    }

    private static let textElements: Set<String> = ["href", "status", "getetag", "getcontentlength", "getlastmodified"]

    static func entries(_ bytes: [UInt8]) throws(ConnectorError) -> [Entry] {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConnectorError(.failed, "list: the server's answer is not UTF-8")
        }
        let root: MarkupElement
        do throws(MarkupError) {
            root = try MarkupReader.parse(text, textElements: textElements)
        } catch {
            throw ConnectorError(.failed, "list: the server's answer \(error.message)")
        }
        guard root.name == "multistatus" else {
            throw ConnectorError(.failed, "list: the server's answer is no listing of WebDAV; check url")
        }
        return root.children.compactMap { $0.name == "response" ? entry($0) : nil }
    }

    private static func entry(_ response: MarkupElement) -> Entry? {
        guard let href = response.first("href").map({ trimmed($0.text) }), !href.isEmpty else { return nil }
        // Properties that the server has; others come with 404.
        let found = response.children.filter { $0.name == "propstat" && isGood($0.first("status")) }
        if found.isEmpty {
            // One that is not there any more has a status, and no properties. Any other is there, and not to be read.
            let states = [response.first("status")] + response.children.map { $0.first("status") }
            if states.contains(where: { ["404", "410"].contains(code($0)) }) { return nil }
            return Entry(href: href, isCollection: false, size: nil, version: nil)
        }
        let properties = found.compactMap { $0.first("prop") }.flatMap(\.children)
        func text(_ name: String) -> String? {
            properties.first { $0.name == name }.map { trimmed($0.text) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        let size = text("getcontentlength").flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
        let isCollection = properties.first { $0.name == "resourcetype" }?.first("collection") != nil
        let time = text("getlastmodified").map { "\($0) \(size.map(String.init) ?? "")" }
        return Entry(
            href: href, isCollection: isCollection, size: size,
            version: text("getetag").map(EntityVersion.strong) ?? time)
    }

    /// `HTTP/1.1 200 OK`
    private static func isGood(_ status: MarkupElement?) -> Bool { status == nil || code(status) == "200" }

    private static func code(_ status: MarkupElement?) -> Substring? {
        let words = status?.text.split { $0 == " " || $0 == "\n" || $0 == "\t" } ?? []
        return words.count > 1 ? words[1] : nil
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (Unicode.Scalar) -> Bool = { $0.value <= 0x20 }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}

enum EntityVersion {
    /// An ETag without its mark of weakness: Apache gives a file's first second a weak one, and then the same as a
    /// strong one. That is no other file.
    static func strong(_ tag: String) -> String { tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : tag }
}
