import CCurl

/// Owns one easy handle and what it points to. Used by the thread of ``CurlLoop`` alone.
final class CurlHandle {
    let pointer: UnsafeMutableRawPointer
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private let errorText: UnsafeMutablePointer<CChar>

    init() throws(CurlError) {
        guard let pointer = curl_easy_init() else { throw CurlError(.invalidRequest, "libcurl is out of memory") }
        self.pointer = pointer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try check(ccurl_setopt_pointer(pointer, CURLOPT_ERRORBUFFER, errorText))
    }

    deinit {
        curl_easy_cleanup(pointer)
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    /// What libcurl said about the last failure, printable and on one line; empty if nothing.
    var message: String {
        let bytes = UnsafeBufferPointer(start: errorText, count: Int(CURL_ERROR_SIZE) - 1)
            .prefix { $0 != 0 }
            .map { UInt8(bitPattern: $0) }
        // Some texts quote the server.
        return String(decoding: bytes.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
    }

    func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try check(ccurl_setopt_long(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: String) throws(CurlError) {
        try check(value.withCString { ccurl_setopt_string(pointer, option, $0) })
    }

    func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) throws(CurlError) {
        try check(ccurl_setopt_pointer(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: @escaping curl_write_callback) throws(CurlError) {
        try check(ccurl_setopt_write_function(pointer, option, value))
    }

    func set(prerequest value: @escaping curl_prereq_callback) throws(CurlError) {
        try check(ccurl_setopt_prereq_function(pointer, CURLOPT_PREREQFUNCTION, value))
    }

    func set(openSocket value: @escaping curl_opensocket_callback) throws(CurlError) {
        try check(ccurl_setopt_opensocket_function(pointer, CURLOPT_OPENSOCKETFUNCTION, value))
    }

    func set(headerLines lines: [String]) throws(CurlError) { try set(CURLOPT_HTTPHEADER, lines) }

    /// Sets a list, which libcurl reads during the transfer, so that it lives as long as the handle.
    func set(_ option: CURLoption, _ lines: [String]) throws(CurlError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                throw CurlError(.invalidRequest, "libcurl is out of memory")
            }
            list = longer
        }
        if let list { lists.append(list) }
        try check(ccurl_setopt_list(pointer, option, list))
    }

    func set(read value: @escaping curl_read_callback) throws(CurlError) {
        try check(ccurl_setopt_read_function(pointer, CURLOPT_READFUNCTION, value))
    }

    func set(sshKey value: @escaping curl_sshkeycallback) throws(CurlError) {
        try check(ccurl_setopt_ssh_key_function(pointer, CURLOPT_SSH_KEYFUNCTION, value))
    }

    func set(size: Int) throws(CurlError) {
        try check(ccurl_setopt_offset(pointer, CURLOPT_INFILESIZE_LARGE, curl_off_t(size)))
    }

    /// What libcurl found out; nil if it did not.
    func information(_ information: CURLINFO) -> Int? {
        var value = curl_off_t(-1)
        guard ccurl_getinfo_offset(pointer, information, &value) == CURLE_OK, value >= 0 else { return nil }
        return Int(value)
    }

    /// Sets the body, which libcurl copies.
    func set(body: [UInt8]) throws(CurlError) {
        // The size must come first: without it libcurl looks for a NUL.
        try check(ccurl_setopt_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        // An empty array may have no address, and a null pointer means "ask the read function".
        try check((body + [0]).withUnsafeBytes { ccurl_setopt_bytes(pointer, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) })
    }

    private func check(_ code: CURLcode) throws(CurlError) {
        guard code == CURLE_OK else {
            throw CurlError(.invalidRequest, "libcurl refuses an option: \(String(cString: curl_easy_strerror(code)))")
        }
    }
}
