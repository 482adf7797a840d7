import SystemPackage

/// A file that holds one secret.
enum SecretFile {
    /// Reads a secret of one line; a line break at its end does not count.
    ///
    /// - Returns: What is wrong, as the end of a sentence that begins with the file's name, or the secret.
    static func read(_ path: FilePath) -> Result<Secret, SecretFileFault> {
        let input: ConfigurationInput
        do {
            input = try ConfigurationInput.read(path, limit: 4096)
        } catch {
            switch error {
            case .missing: return fault("\(path) is not there; write the secret into it, then chmod 600 \(path)")
            case .unusable(let why): return fault("\(path) \(why)")
            }
        }
        guard input.isPrivate else {
            return fault("\(path) can be read or changed by others; run: chmod 600 \(path)")
        }
        var bytes = input.bytes[...]
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else { return fault("\(path) is empty; write the secret into it") }
        guard let text = String(validating: bytes, as: UTF8.self), !text.hasControlCharacter else {
            return fault("\(path) should hold the secret in one line of text, and nothing else")
        }
        return .success(Secret(text))
    }

    private static func fault(_ message: String) -> Result<Secret, SecretFileFault> {
        .failure(SecretFileFault(message: message))
    }
}

struct SecretFileFault: Error {
    var message: String
}

extension String {
    /// Whether there is anything in it that is no text: such a value ends a C string, a header or a log line early.
    var hasControlCharacter: Bool { unicodeScalars.contains { $0.properties.generalCategory == .control } }
}
