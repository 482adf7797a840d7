/// User and password for HTTP basic authentication.
///
/// Neither `print` nor `dump` shows the password.
package struct CurlCredentials: Sendable, Hashable {
    package var user: String
    package var password: String

    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }
}

extension CurlCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "credentials of \(user)" }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: ["user": user]) }
}
