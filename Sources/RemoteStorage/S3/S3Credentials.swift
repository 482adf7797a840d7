/// Who asks an S3 storage for something.
///
/// Neither `print` nor `dump` shows the secret key or the token.
package struct S3Credentials: Sendable, Hashable {
    package var accessKey: String
    package var secretKey: String
    /// Of credentials that are good for a while only.
    package var sessionToken: String?

    package init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}

extension S3Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "S3 credentials" }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
