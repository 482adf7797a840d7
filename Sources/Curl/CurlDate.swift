import CCurl

/// Dates as headers and certificates write them.
package enum CurlDate {
    /// Reads `Fri, 27 Nov 2026 09:30:00 GMT` (RFC 9110), its obsolete forms, and `Nov 27 09:30:00 2026 GMT`.
    ///
    /// - Returns: Seconds since 1970; nil for a text that is no such date.
    package static func seconds(_ text: String) -> Double? {
        let seconds = curl_getdate(text, nil)
        return seconds == -1 ? nil : Double(seconds)
    }
}
