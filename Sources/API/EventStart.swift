import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Where an event stream begins.
enum EventStart: Equatable {
    /// With the tasks as they are.
    case now
    /// With the event that follows this number.
    case after(Int)
    /// With what the reader could not have made up, and we do not know: it has to begin anew.
    case unknown

    /// What `Last-Event-ID` says, which a browser sends when it connects again, and else `?after=`.
    init(_ request: Request) throws(Problem) {
        if let name = HTTPField.Name("Last-Event-ID"), let last = request.headers[name], !last.isEmpty {
            self = Self.number(last[...]).map(Self.after) ?? .unknown
        } else if let after = request.uri.queryParameters.first(where: { $0.key == "after" })?.value {
            guard let number = Self.number(after) else {
                let fault = "\"\(after.prefix(80))\" should be the number of an event, from 0"
                throw Problem.invalidQuery("after", fault)
            }
            self = .after(number)
        } else {
            self = .now
        }
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text)
    }
}
