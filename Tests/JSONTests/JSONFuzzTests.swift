import JSON
import Testing

/// A small generator with a seed, so that a failure can be had again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

@Suite struct JSONFuzzTests {
    private static let seeds = [
        #"{"name":"x","list":[1,2.5e3,-0.1,true,false,null,"é\u00e9\ud83d\ude00\\\"\n"],"deep":[[[[{"a":{}}]]]]}"#,
        "[\"\\u0000\", 9223372036854775807, 1e308, {\"k\": \"v\"}]\n",
        "  {\r\n\t\"unicode\": \"\u{1F600}\u{10FFFF}\",\r\n\t\"empty\": [ ], \"e\": { } }  ",
    ].map { Array($0.utf8) }

    private static func mutated(_ bytes: [UInt8], with random: inout SeededGenerator) -> [UInt8] {
        let interesting = Array("{}[]\",:\\u0189.eE+-tfn \n".utf8) + [0, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xF4, 0xFF]
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = interesting.randomElement(using: &random) ?? 0
            case 1: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: place)
            case 2: bytes.remove(at: place)
            case 3: bytes.removeSubrange(place...)
            default:
                let end = Int.random(in: place..<min(bytes.count, place + 20), using: &random)
                bytes.insert(contentsOf: bytes[place...end], at: place)
            }
        }
        return bytes
    }

    @Test(arguments: [1, 20_260, 777, 4_294_967_296] as [UInt64])
    func parse_neverTraps_andWhatItAcceptsIsWrittenAndReadBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var accepted = 0
        for round in 0..<5000 {
            let input = Self.mutated(Self.seeds[round % Self.seeds.count], with: &random)
            guard let value = try? JSONValue(parsing: input) else { continue }
            accepted += 1
            #expect(try JSONValue(parsing: value.compact) == value, "\(String(decoding: input, as: UTF8.self))")
            #expect(try JSONValue(parsing: value.pretty) == value, "\(String(decoding: input, as: UTF8.self))")
        }
        // Otherwise this tests nothing but refusal.
        #expect(accepted > 50)
    }

    @Test func parse_neverTraps_onNoise() {
        var random = SeededGenerator(seed: 42)
        for _ in 0..<5000 {
            let count = Int.random(in: 0...40, using: &random)
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            guard let value = try? JSONValue(parsing: noise) else { continue }
            #expect((try? JSONValue(parsing: value.compact)) == value)
        }
    }

    @Test func error_liesWithinTheText() {
        var random = SeededGenerator(seed: 7)
        for round in 0..<3000 {
            let input = Self.mutated(Self.seeds[round % Self.seeds.count], with: &random)
            do throws(JSONError) {
                _ = try JSONValue(parsing: input)
            } catch {
                let lines = input.split(separator: 0x0A, omittingEmptySubsequences: false)
                #expect(error.line >= 1 && error.line <= lines.count)
                #expect(error.column >= 1 && error.column <= lines[error.line - 1].count + 1)
            }
        }
    }
}
