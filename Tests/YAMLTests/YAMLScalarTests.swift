import Testing
import YAML

@Suite struct YAMLScalarTests {
    @Test(
        arguments: [
            ("", .null), ("~", .null), ("null", .null), ("Null", .null), ("NULL", .null), ("nULL", .string("nULL")),
            ("true", .bool(true)), ("True", .bool(true)), ("FALSE", .bool(false)),
            ("yes", .string("yes")), ("no", .string("no")), ("on", .string("on")), ("off", .string("off")),
            ("y", .string("y")), ("tRue", .string("tRue")),
            ("0", .int(0)), ("-7", .int(-7)), ("+7", .int(7)), ("0x1F", .int(31)), ("0o17", .int(15)),
            ("007", .string("007")), ("-01", .string("-01")), ("0x", .string("0x")), ("0x-1", .string("0x-1")),
            ("0b1", .string("0b1")), ("1_000", .string("1_000")), ("-", .string("-")), ("+", .string("+")),
            ("9223372036854775807", .int(.max)), ("9223372036854775808", .string("9223372036854775808")),
            ("1.5", .float(1.5)), ("1.", .float(1)), (".5", .float(0.5)), ("-1e3", .float(-1000)),
            ("1E-2", .float(0.01)),
            (".", .string(".")), ("e5", .string("e5")), ("1e", .string("1e")), ("1.2.3", .string("1.2.3")),
            ("01.5", .string("01.5")), (".inf", .string(".inf")), (".nan", .string(".nan")),
            ("1e999", .string("1e999")),
            ("inf", .string("inf")), ("nan", .string("nan")), ("0x1p3", .string("0x1p3")), ("1:30", .string("1:30")),
            ("2026-11-23", .string("2026-11-23")), ("１２", .string("１２")),
        ] as [(String, YAMLScalar)])
    func plainScalar_meansWhatTheCoreSchemaSays(_ text: String, _ meaning: YAMLScalar) {
        #expect(YAMLScalar(plain: text) == meaning)
    }

    @Test(arguments: ["'12'", "\"true\"", "'null'"])
    func quotedScalar_isAString(_ text: String) throws {
        let scalar = try #require(try parseYAML(Array(text.utf8))?.scalar)
        #expect(scalar == .string(String(text.dropFirst().dropLast())))
    }
}
