import CCurl

extension CurlHandle {
    /// Sets all options for one exchange with a server of files, but not where its answer goes.
    ///
    /// - Throws: What ``CurlFileRequest/check()`` does; nothing has been sent.
    func prepare(_ request: CurlFileRequest) throws(CurlError) {
        try request.check()
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_NOPROXY, "*")
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_TCP_NODELAY, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds)
        try set(CURLOPT_TIMEOUT_MS, request.timeout.wholeMilliseconds)
        if let credentials = request.credentials {
            try set(CURLOPT_USERNAME, credentials.user)
            try set(CURLOPT_PASSWORD, credentials.password)
        }
        if request.closesConnection { try set(CURLOPT_FORBID_REUSE, 1) }
        try secure(request)
        if !request.before.isEmpty { try set(CURLOPT_QUOTE, request.before) }
        if !request.after.isEmpty { try set(CURLOPT_POSTQUOTE, request.after) }
        switch request.action {
        case .none: try set(CURLOPT_NOBODY, 1)
        case .look:
            try set(CURLOPT_NOBODY, 1)
            try set(CURLOPT_FILETIME, 1)
        case .list(let command):
            if let command { try set(CURLOPT_CUSTOMREQUEST, command) }
        case .download: break
        case .upload(let bytes):
            try set(CURLOPT_UPLOAD, 1)
            try set(size: bytes.count)
        }
    }

    private func secure(_ request: CurlFileRequest) throws(CurlError) {
        switch request.security {
        case .ssh(let knownHosts, let keyFile):
            try set(CURLOPT_PROTOCOLS_STR, "sftp")
            try set(CURLOPT_SSH_KNOWNHOSTS, knownHosts)
            if let keyFile {
                try set(CURLOPT_SSH_AUTH_TYPES, 1)  // CURLSSH_AUTH_PUBLICKEY, whose macro Swift can't read
                try set(CURLOPT_SSH_PRIVATE_KEYFILE, keyFile)
                // The public one is a part of it.
                try set(CURLOPT_SSH_PUBLIC_KEYFILE, "")
                if let password = request.credentials?.password, !password.isEmpty {
                    try set(CURLOPT_KEYPASSWD, password)
                }
            } else {
                try set(CURLOPT_SSH_AUTH_TYPES, 2 | 8)  // CURLSSH_AUTH_PASSWORD, and CURLSSH_AUTH_KEYBOARD for PAM's
            }
        case .tls(let caFile):
            try setFTP()
            try set(CURLOPT_USE_SSL, 3)  // CURLUSESSL_ALL: control and data, or nothing
            try set(CURLOPT_FTPSSLAUTH, 2)  // CURLFTPAUTH_TLS
            try set(CURLOPT_SSL_VERIFYPEER, 1)
            try set(CURLOPT_SSL_VERIFYHOST, 2)
            if let caFile { try set(CURLOPT_CAINFO, caFile) }
        case .none: try setFTP()
        }
    }

    private func setFTP() throws(CurlError) {
        try set(CURLOPT_PROTOCOLS_STR, "ftp,ftps")
        // One path per command, as those of our own commands are; and no data from another host than was asked.
        try set(CURLOPT_FTP_FILEMETHOD, 2)  // CURLFTPMETHOD_NOCWD
        try set(CURLOPT_FTP_SKIP_PASV_IP, 1)
    }
}
