import JSON
import SystemPackage

/// Paths are bytes; JSON holds text. Here the one becomes the other and back, without loss.
enum PathText {
    /// The path's bytes, without the final NUL.
    static func bytes(_ path: FilePath) -> [UInt8] {
        path.withPlatformString { pointer in
            var bytes: [UInt8] = []
            var position = 0
            while pointer[position] != 0 {
                bytes.append(UInt8(bitPattern: pointer[position]))
                position += 1
            }
            return bytes
        }
    }

    static func path(_ bytes: some Collection<UInt8>) -> FilePath {
        var text = bytes.map { CInterop.PlatformChar(bitPattern: $0) }
        // A NUL ends a path; nothing that the system hands out holds one.
        text.append(0)
        return text.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { FilePath(platformString: $0) } ?? FilePath()
        }
    }

    /// For a message to a person.
    static func shown(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Writes `path`, and where that is not UTF-8 also `path_bytes`, its bytes in hexadecimal.
    static func put(_ path: FilePath, into members: inout JSONObject) {
        let bytes = bytes(path)
        let text = shown(bytes)
        members["path"] = .string(text)
        if !text.utf8.elementsEqual(bytes) { members["path_bytes"] = .string(hexadecimal(bytes)) }
    }

    /// Reads what ``put(_:into:)`` wrote.
    static func bytes(from members: JSONValue) -> [UInt8]? {
        if let hex = members["path_bytes"]?.string { return bytes(hexadecimal: hex) }
        return members["path"]?.string.map { Array($0.utf8) }
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        let digits = Array("0123456789abcdef".utf8)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
