/// The tokens that callers show. What they are gets into no description and no error.
package struct AccessTokens: Sendable {
    /// As text after `Authorization: Bearer`.
    static let shortest = 16
    static let longest = 1024

    private struct Entry: Sendable {
        var name: String
        var scopes: Set<AccessScope>
        var token: [UInt8]

        var caller: Caller { Caller(scopes: scopes, name: name) }
    }

    private let entries: [Entry]

    /// Reads a token file: either one token, which allows everything, or lines `NAME SCOPES TOKEN`, the scopes joined by
    /// commas. Empty lines and those that begin with `#` do not count.
    ///
    /// - Throws: What is wrong, with its line.
    package init(parsing bytes: [UInt8]) throws(AccessTokensError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw AccessTokensError("should be text (UTF-8)")
        }
        var entries: [Entry] = []
        var loneLine: Int?
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            if words.count == 1 { loneLine = index + 1 }
            let entry = try Self.entry(words, line: index + 1)
            if entries.contains(where: { $0.name == entry.name }) {
                throw AccessTokensError("line \(index + 1): the name is there twice; give each token its own")
            }
            if entries.contains(where: { $0.token == entry.token }) {
                throw AccessTokensError("line \(index + 1): the token is there twice; give each name its own")
            }
            entries.append(entry)
        }
        if entries.isEmpty {
            throw AccessTokensError("holds no token; make one with: openssl rand -hex 32")
        }
        if let loneLine, entries.count > 1 {
            throw AccessTokensError(
                "line \(loneLine): a token without a name must be the only one; write NAME SCOPES TOKEN")
        }
        self.entries = entries
    }

    private static func entry(_ words: [Substring], line: Int) throws(AccessTokensError) -> Entry {
        let place = "line \(line):"
        guard words.count == 1 || words.count == 3, let last = words.last else {
            throw AccessTokensError("\(place) should be NAME SCOPES TOKEN, or a token alone")
        }
        let token = Array(last.utf8)
        guard token.allSatisfy(isTokenByte) else {
            throw AccessTokensError("\(place) a token consists of letters, digits and -._~+/=")
        }
        guard token.count >= shortest, token.count <= longest else {
            throw AccessTokensError(
                "\(place) a token has \(shortest) to \(longest) characters; make one with: openssl rand -hex 32")
        }
        guard words.count == 3 else { return Entry(name: "", scopes: Set(AccessScope.allCases), token: token) }
        var scopes: Set<AccessScope> = []
        for word in words[1].split(separator: ",", omittingEmptySubsequences: false) {
            guard let scope = AccessScope(rawValue: String(word)) else {
                let known = AccessScope.allCases.map(\.rawValue).joined(separator: ", ")
                throw AccessTokensError("\(place) there are the scopes \(known), joined by commas without spaces")
            }
            scopes.insert(scope)
        }
        return Entry(name: String(words[0]), scopes: scopes, token: token)
    }

    /// What RFC 6750 allows.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~+/=".utf8.contains(byte)
        }
    }

    /// Whose token it is; nil if it is nobody's. Takes as long for one that is nearly right as for any other.
    func caller(with token: some StringProtocol) -> Caller? {
        let shown = Array(token.utf8)
        var found: Caller?
        for entry in entries where ConstantTime.isEqual(shown, entry.token) { found = entry.caller }
        return found
    }
}

extension AccessTokens: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(entries.count) tokens" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a token file is not used. Shows nothing of what is in it.
package struct AccessTokensError: Error, Sendable, Hashable, CustomStringConvertible {
    package let message: String

    init(_ message: String) { self.message = message }

    package var description: String { "server.token_file: \(message)" }
}
