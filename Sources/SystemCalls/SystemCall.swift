import Glibc
package import SystemPackage

/// A call of the system that answers -1 on failure.
package enum SystemCall {
    /// Repeats the call while signals interrupt it, and reads `errno` before anything else can change it.
    @inlinable
    package static func retry<Value: SignedInteger>(_ body: () -> Value) throws(Errno) -> Value {
        while true {
            let value = body()
            if value != -1 { return value }
            let code = Errno(rawValue: errno)
            if code != .interrupted { throw code }
        }
    }
}
