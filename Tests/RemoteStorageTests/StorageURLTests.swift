import RemoteStorage
import Testing

@Suite struct StorageURLTests {
    @Test(arguments: [
        ("file:///srv/share", "file:///srv/share", ["srv", "share"]),
        ("FILE:///srv//my%20files/./Übung/", "file:///srv/my%20files/%C3%9Cbung", ["srv", "my files", "Übung"]),
        ("file://localhost/a", "file://localhost/a", ["a"]),
        ("file:///", "file:///", []),
    ])
    func url_isReadIntoItsParts(text: String, shown: String, path: [String]) throws {
        let url = try StorageURL(text)
        #expect(url.description == shown && url.path == path)
    }

    @Test(arguments: [
        ("/srv/share", "should be a URL that begins with one of file"),
        ("gopher://host/a", "should be a URL that begins with one of file"),
        ("file://host/a", "should be file:///ABSOLUTE/DIRECTORY, with three slashes"),
        ("file://me:hunter2@localhost/a", "should hold no user or password"),
        ("file:///a?b", "should have no query or fragment"),
        ("file:///a#b", "should have no query or fragment"),
        ("file:///a/../b", "has a path with .. or a control character"),
        ("file:///a/%2e%2e/b", "has a path with .. or a control character"),
        ("file:///a/%00", "has a path with .. or a control character"),
        ("file:///a%zz", "has a % that begins no %XX"),
        ("file://localhost:99999/a", "should have a port from 1 to 65535"),
    ])
    func faultyURL_saysHowToMendIt_withoutBeingQuoted(text: String, message: String) {
        let fault = #expect(throws: StorageURL.Fault.self) { try StorageURL(text) }
        #expect(fault?.message.hasPrefix(message) == true && fault?.message.contains("hunter2") == false)
    }
}
