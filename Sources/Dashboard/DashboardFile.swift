import CDashboard
import Crypto

/// A file that the dashboard is made of, from inside this program.
package struct DashboardFile: Sendable {
    package let name: String
    package let bytes: [UInt8]
    /// The same as a gzip member.
    package let compressed: [UInt8]?
    /// A hash of the bytes, in hexadecimal digits.
    package let hash: String

    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        compressed = Gzip.compress(bytes)
        hash = Self.hex(SHA256.hash(data: bytes))
    }

    package var mediaType: String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }

    fileprivate static func hex(_ digest: some Sequence<UInt8>) -> String {
        digest.prefix(10).map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0\(text)" : text
        }.joined()
    }
}

/// The files of the dashboard.
///
/// All but the page itself are known by `version` in their path, and never change under it: a browser may keep them for
/// ever. The page names it, and is asked after each time.
package struct Dashboard: Sendable {
    package static let shared = Dashboard(
        (0..<cdashboard_count()).compactMap { place in
            cdashboard_at(place).map { file in
                DashboardFile(
                    name: String(cString: file.pointee.name),
                    bytes: Array(UnsafeBufferPointer(start: file.pointee.bytes, count: file.pointee.count)))
            }
        })

    /// Another one as soon as a byte of any file is another.
    package let version: String
    /// The page.
    package let page: DashboardFile
    private let files: [String: DashboardFile]

    private static let pageName = "index.html"
    /// What stands in the page for the version.
    private static let placeholder = "VERSION"

    private init(_ all: [DashboardFile]) {
        var hasher = SHA256()
        for file in all.sorted(by: { $0.name < $1.name }) { hasher.update(data: Array(file.name.utf8) + file.bytes) }
        let version = DashboardFile.hex(hasher.finalize())
        self.version = version
        files = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
        let text = String(decoding: files[Self.pageName]?.bytes ?? [], as: UTF8.self)
        page = DashboardFile(
            name: Self.pageName, bytes: Array(text.replacing("/\(Self.placeholder)/", with: "/\(version)/").utf8))
    }

    /// Names of all files, the page's template among them.
    package var names: [String] { files.keys.sorted() }

    /// A file other than the page; nil if there is none of that name.
    package func file(_ name: some StringProtocol) -> DashboardFile? {
        name == Self.pageName ? nil : files[String(name)]
    }
}
