import Spool

/// Names of files in an inbox, wherever it is.
package enum DropName {
    /// Whether the name is one that people drop, not one that editors, browsers and synchronisers use on the way, nor
    /// that of a result.
    package static func isWanted(_ name: String) -> Bool {
        let lower = name.lowercased()
        return !name.hasPrefix(".") && !name.hasPrefix("~$") && !name.hasSuffix("~")
            && ![".tmp", ".part", ".crdownload", ".swp"].contains { lower.hasSuffix($0) }
            && !["desktop.ini", "thumbs.db"].contains(lower) && !ResultName.isResult(name)
    }
}
