package import Curl

/// How an HTTP server is told who we are. Neither `print` nor `dump` shows a secret.
package enum StorageAuthorization: Sendable {
    case none
    case basic(CurlCredentials)
    case bearer(String)

    /// What to look at when the server refuses it.
    var advice: String {
        switch self {
        case .none: "it wants to know who we are: set user, and password_file or password_env, or token_file"
        case .basic(let credentials):
            "it refuses the user \(credentials.user) with that password: check user and password"
        case .bearer: "it refuses the token: check what token_file names"
        }
    }
}

extension StorageAuthorization: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        switch self {
        case .none: "none"
        case .basic(let credentials): "\(credentials)"
        case .bearer: "a token"
        }
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["authorization": description]) }
}
