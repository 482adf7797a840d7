import Glibc

/// The proxy that the environment names, by libcurl's rules.
///
/// Evaluated by us where it matters whether there is one: through a proxy the address that is connected to is the
/// proxy's, and says nothing about where the request goes.
enum ProxyEnvironment {
    /// - Parameter host: Of the URL, without brackets.
    /// - Returns: The proxy's URL; nil if the host is to be reached directly.
    static func proxy(
        scheme: String, host: String, environment: (String) -> String? = ProxyEnvironment.variable
    ) -> String? {
        func value(_ names: String...) -> String? {
            names.compactMap { environment($0) }.first { !$0.isEmpty }
        }
        // HTTP_PROXY in capitals is not read: a CGI program gets it from a request's header `Proxy`.
        let named = scheme == "https" ? value("https_proxy", "HTTPS_PROXY") : value("http_proxy")
        guard let proxy = named ?? value("all_proxy", "ALL_PROXY") else { return nil }
        let host = host.lowercased()
        let exceptions = value("no_proxy", "NO_PROXY") ?? ""
        for item in exceptions.lowercased().split(whereSeparator: { $0 == "," || $0 == " " }) {
            if item == "*" { return nil }
            let suffix = item.drop { $0 == "." }
            if host == suffix || host.hasSuffix("." + suffix) { return nil }
        }
        return proxy
    }

    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
