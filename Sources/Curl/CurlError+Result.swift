import CCurl

extension CurlError {
    /// What libcurl's result means.
    ///
    /// - Parameter detail: The text that libcurl left in the error buffer; its general words if there is none.
    init(_ result: CURLcode, detail: String, wasPossiblySent: Bool) {
        let code: Code
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: code = .couldNotResolve
        case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_INTERFACE_FAILED: code = .couldNotConnect
        case CURLE_OPERATION_TIMEDOUT: code = .timeout
        case CURLE_URL_MALFORMAT: code = .invalidURL
        // The same number for "file:" and for an answer that is no HTTP.
        case CURLE_UNSUPPORTED_PROTOCOL: code = wasPossiblySent ? .protocolError : .invalidURL
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_INITFAILED,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            code = .tls
        default: code = .protocolError
        }
        let message = detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
        self.init(code, message, wasPossiblySent: wasPossiblySent)
    }
}
