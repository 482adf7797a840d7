import Spool

/// The name of a claim: `HASH.CLAIMANT.NONCE`.
struct ClaimName: Hashable, Sendable {
    /// Stands for the name of the file that is claimed.
    var hash: String
    /// The spool that claims it.
    var claimant: String
    /// Of each claim another, so that a request that arrives late can't undo a later claim.
    var nonce: String

    init(hash: String, claimant: String) {
        self.hash = hash
        self.claimant = claimant
        nonce = String(UInt64.random(in: .min ... .max), radix: 16)
    }

    /// Nil for what is no claim.
    init?(_ fileName: String) {
        let parts = fileName.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isDigit) }) else {
            return nil
        }
        (hash, claimant, nonce) = (parts[0], parts[1], parts[2])
    }

    var fileName: String { "\(hash).\(claimant).\(nonce)" }

    /// Of a file in the inbox, by its name alone: whoever claims a name has all that lies there under it, one after the
    /// other, and daemons to whom the storage tells versions differently still mean the same.
    static func hash(of name: String) -> String { ContentHash.text(Array(name.utf8)) }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
