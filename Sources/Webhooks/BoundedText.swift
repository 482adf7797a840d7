extension String {
    /// At most so many bytes of UTF-8, cut between characters, with `…` where something is missing.
    func prefix(bytes limit: Int) -> String {
        if utf8.count <= limit { return self }
        var result = ""
        var count = 3  // of the "…"
        for character in self {
            count += character.utf8.count
            if count > limit { break }
            result.append(character)
        }
        return result + "…"
    }
}
