package import Curl
import JSON

/// HTTP with JSON to one OpenCode server: what both wires need of it.
package struct OpenCodeClient: Sendable {
    package struct Settings: Sendable {
        /// `http://127.0.0.1:4096`, without a slash at the end.
        package var url: String
        /// Sent with every request; nil without a password.
        package var credentials: CurlCredentials?
        /// How long an ordinary call may take.
        package var timeout: Duration = .seconds(20)
        /// How long a prompt's request may take where it can be repeated without harm.
        package var promptTimeout: Duration = .seconds(30)
        /// The largest answer that is read, in bytes.
        package var maximumAnswer = 64 << 20
        /// The largest event that is read, in bytes: servers have been seen sending 137 MB.
        package var maximumEvent = 8 << 20

        package init(url: String, credentials: CurlCredentials?) {
            self.url = url
            self.credentials = credentials
        }
    }

    struct Answer {
        var status: Int
        var headers: CurlHeaders
        var isJSON: Bool
        var body: [UInt8]

        func json() throws(AgentError) -> JSONValue {
            do {
                return try JSONValue(parsing: body)
            } catch {
                throw AgentError(.malformed, "the OpenCode server answered with broken JSON: \(error)", status: status)
            }
        }
    }

    let curl: CurlClient
    let settings: Settings

    package init(curl: CurlClient, settings: Settings) {
        self.curl = curl
        self.settings = settings
    }

    /// One exchange, of any status but 401.
    ///
    /// - Parameter query: names and plain values; they are percent-encoded here.
    func exchange(
        _ method: String, _ path: String, query: [(String, String)] = [], body: JSONValue? = nil,
        timeout: Duration? = nil, limit: Int? = nil, isFresh: Bool = false
    ) async throws(AgentError) -> Answer {
        var request = self.request(method, path, query: query)
        if let body {
            request.headers.append((name: "Content-Type", value: "application/json"))
            request.body = Array(body.compact.utf8)
        }
        request.timeout = timeout ?? settings.timeout
        request.maximumBody = limit ?? settings.maximumAnswer
        request.freshConnection = isFresh
        let response: CurlResponse
        do {
            response = try await curl.send(request)
        } catch {
            throw translate(error)
        }
        if response.status == 401 { throw unauthorized }
        return Answer(
            status: response.status, headers: response.headers,
            isJSON: response.contentType.map { $0 == "application/json" || $0.hasSuffix("+json") } ?? false,
            body: response.body
        )
    }

    /// An exchange whose answer must be JSON with status 200.
    func call(
        _ method: String, _ path: String, query: [(String, String)] = [], body: JSONValue? = nil,
        timeout: Duration? = nil
    ) async throws(AgentError) -> (json: JSONValue, headers: CurlHeaders) {
        let answer = try await exchange(method, path, query: query, body: body, timeout: timeout)
        try check(answer, "\(method) \(path)")
        guard answer.isJSON else { throw webPage(answer.status) }
        return (try answer.json(), answer.headers)
    }

    /// Throws what a status means that is no success.
    func check(_ answer: Answer, _ what: String) throws(AgentError) {
        if (200..<300).contains(answer.status) { return }
        let json = answer.isJSON ? try? answer.json() : nil
        let words =
            json?["data"]?["message"]?.string ?? json?["message"]?.string ?? json?["name"]?.string
            ?? (answer.isJSON ? "" : String(decoding: answer.body.prefix(200), as: UTF8.self))
        let detail = words.isEmpty ? "" : ": \(words.prefix(500))"
        throw AgentError(
            answer.status == 404 ? .notFound : .refused,
            "the OpenCode server answered \(what) with status \(answer.status)\(detail)", status: answer.status
        )
    }

    func request(_ method: String, _ path: String, query: [(String, String)]) -> CurlRequest {
        let text = query.map { "\(percentEncoded(query: $0.0))=\(percentEncoded(query: $0.1))" }.joined(separator: "&")
        var request = CurlRequest(method: method, url: settings.url + path + (text.isEmpty ? "" : "?\(text)"))
        request.headers = [(name: "Accept", value: "application/json")]
        request.basicAuth = settings.credentials
        return request
    }

    func translate(_ error: CurlError) -> AgentError {
        let code: AgentError.Code =
            switch error.code {
            case .bodyTooLarge, .headersTooLarge: .tooLarge
            case .cancelled: .cancelled
            case .invalidURL: .notAnAgent
            default: .unreachable
            }
        return AgentError(
            code, "the OpenCode server at \(settings.url) can't be reached: \(error.message)",
            wasPossiblyReceived: error.wasPossiblySent
        )
    }

    var unauthorized: AgentError {
        let advice =
            settings.credentials == nil
            ? "it wants a password, which OpenCode 2 prints when it starts: set OPENLOOM_OPENCODE_PASSWORD "
                + "(and OPENLOOM_OPENCODE_USERNAME, if it is not opencode)"
            : "wrong password (or user): set OPENLOOM_OPENCODE_PASSWORD and OPENLOOM_OPENCODE_USERNAME to those of the server"
        return AgentError(.unauthorized, "the OpenCode server at \(settings.url) refuses us: \(advice)", status: 401)
    }

    func webPage(_ status: Int) -> AgentError {
        AgentError(
            .notAnAgent,
            "what answers at \(settings.url) is a web page, not OpenCode's API: check opencode.url", status: status
        )
    }
}

/// For a path segment: what a query may hold unescaped, a segment may too.
func percentEncodedPath(_ text: String) -> String { percentEncoded(query: text) }
