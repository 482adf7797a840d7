import Connectors
import Curl

/// What an S3 storage says when something does not go, and how to mend it.
struct S3Failure {
    private let status: Int
    private let code: String
    /// What it says to people.
    private let said: String
    private let region: String?
    private let date: String?
    private let settings: S3Settings

    /// - Parameter code: Where the answer's status does not tell.
    init(_ answer: CurlResponse, code: String? = nil, settings: S3Settings) {
        status = answer.status
        let document = S3Document(answer.body)
        self.code = code ?? document?.text("Code") ?? ""
        said = document?.text("Message") ?? ""
        region = answer.headers["x-amz-bucket-region"] ?? document?.text("Region")
        date = answer.headers["date"]
        self.settings = settings
    }

    /// The code in an answer; nil if it has none.
    static func code(in body: [UInt8]) -> String? { S3Document(body)?.text("Code") }

    func error(_ verb: String) -> ConnectorError {
        ConnectorError(.failed, Self.line("\(verb): \(message)"))
    }

    private var message: String {
        switch code {
        case "SignatureDoesNotMatch":
            "the secret key is not the access key's; look at secret_key_file or secret_key_env"
        case "InvalidAccessKeyId":
            "the storage does not know the access key; look at access_key_file or access_key_env"
        case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
            "the session token is no longer valid; set a new AWS_SESSION_TOKEN, and its two keys with it"
        case "RequestTimeTooSkewed", "RequestExpired":
            "this machine's clock is wrong by the storage's, which says that it is \(date ?? "another time"); set it: "
                + "timedatectl set-ntp true"
        case "AccessDenied", "AllAccessDisabled", "AccountProblem":
            "access denied: the keys must be allowed to list the bucket \(settings.bucket), and to get, put and delete "
                + "its objects"
        case "NoSuchBucket": "there is no bucket \(settings.bucket) at \(settings.place.host); make it, or mend url"
        case "PermanentRedirect", "TemporaryRedirect", "Redirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException", "InvalidRegion":
            wrongRegion
        case "SlowDown", "ServiceUnavailable", "TooManyRequests", "RequestLimitExceeded", "Throttling":
            "the storage is asked too much, and wants to be asked less (\(code)); a larger poll_interval_s helps"
        case "": unnamed
        default: "the storage answered \(status) \(code): \(said)"
        }
    }

    private var wrongRegion: String {
        if let region, region != settings.region { return "the bucket is in region \(region); set region: \(region)" }
        return "the bucket is in another region or at another endpoint; mend region (it is \(settings.region)) or "
            + "endpoint: \(said)"
    }

    /// For answers without a document: those to HEAD, and those of servers that are no S3.
    private var unnamed: String {
        switch status {
        case 301, 307, 308: wrongRegion
        case 403:
            "access denied: the keys must be allowed to list the bucket \(settings.bucket), and to get, put and delete its "
                + "objects"
        case 429, 503:
            "the storage is asked too much, and wants to be asked less (\(status)); a larger poll_interval_s helps"
        default: "\(settings.place.host) answered \(status) as no S3 storage does; is endpoint right?"
        }
    }

    /// As one line that can stand in a log.
    private static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(400).map { $0.value < 32 ? " " : $0 }))
    }
}
