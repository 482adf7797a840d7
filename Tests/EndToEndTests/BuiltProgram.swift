import Glibc
import SystemPackage

/// The openloom that was built with these tests.
enum BuiltProgram {
    /// It lies beside the program that runs the tests.
    static let path: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let own = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return FilePath(own).removingLastComponent().appending("openloom").string
    }()
}
