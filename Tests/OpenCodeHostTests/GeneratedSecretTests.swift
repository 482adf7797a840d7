import Testing

@testable import OpenCodeHost

@Suite struct GeneratedSecretTests {
    @Test(arguments: [
        ([UInt8](), ""), ([0xFB], "-w"), ([0xFB, 0xFF], "-_8"), ([0xFB, 0xFF, 0xFE], "-__-"),
        (Array("foobar".utf8), "Zm9vYmFy"),
    ])
    func text_isBase64URLWithoutPadding(bytes: [UInt8], text: String) {
        #expect(GeneratedSecret.text(of: bytes) == text)
    }

    @Test func make_givesAnotherEachTime_andSays32BytesIn43Characters() throws {
        let (first, second) = (try GeneratedSecret.make(bytes: 32), try GeneratedSecret.make(bytes: 32))
        #expect(first != second)
        #expect(first.utf8.count == 43)
        #expect(GeneratedSecret.isPlausible(first))
    }

    @Test func isPlausible_refusesWhatWouldBreakAHeaderOrAnEnvironment() {
        #expect(!GeneratedSecret.isPlausible("abcdefgh\nijklmnopqrst"))
        #expect(!GeneratedSecret.isPlausible("short"))
        #expect(!GeneratedSecret.isPlausible(String(repeating: "a", count: 300)))
    }
}
