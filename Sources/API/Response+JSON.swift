import HTTPTypes
import Hummingbird
import JSON
import NIOCore

extension Response {
    init(json: JSONValue, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: .json, body: ResponseBody(byteBuffer: ByteBuffer(string: json.compact + "\n"))
        )
    }
}

extension HTTPFields {
    /// For what is true now and may be another thing in a moment.
    static var json: HTTPFields {
        var fields = HTTPFields()
        fields[.contentType] = "application/json"
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        return fields
    }
}
