import Curl
import Glibc
import JSON
import Logging
import Schedules
import Spool
import SystemPackage
import YAML

/// How an environment variable holds a value.
enum ConfigurationShape: Sendable {
    /// As it is.
    case scalar
    /// Separated by commas, or a YAML list in brackets.
    case list
    /// As YAML (and so as JSON).
    case yaml
}

/// What values a key takes.
struct ConfigurationKind<Value: Sendable & Equatable>: Sendable {
    /// What should be there, to follow "should be".
    var expected: String
    var shape = ConfigurationShape.scalar
    /// Nil after it has noted a problem in the reader.
    var read: @Sendable (YAMLNode, inout ConfigurationReader) -> Value?
    /// The value as it may be shown to anybody.
    var show: @Sendable (Value) -> JSONValue

    /// The same for a key that need not have a value at all.
    static func optional<Wrapped>(_ kind: ConfigurationKind<Wrapped>) -> Self where Value == Wrapped? {
        let (read, show) = (kind.read, kind.show)
        return Self(
            expected: kind.expected, shape: kind.shape,
            read: { node, reader in read(node, &reader).map(Optional.some) }, show: { $0.map(show) ?? .null }
        )
    }
}

extension ConfigurationKind where Value == Bool {
    static var yesOrNo: Self {
        let expected = "true or false"
        return Self(expected: expected) { node, reader in
            guard let text = reader.text(expected, node) else { return nil }
            // What YAML 1.1 and OpenLoom 0.17 read as such.
            switch text.lowercased() {
            case "true", "yes", "on", "1": return true
            case "false", "no", "off", "0": return false
            default:
                reader.unexpected(expected, node)
                return nil
            }
        } show: {
            .bool($0)
        }
    }
}

extension ConfigurationKind where Value == Int {
    static func whole(_ range: ClosedRange<Int>) -> Self {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Self(expected: expected) { node, reader in
            guard let text = reader.text(expected, node) else { return nil }
            if case .int(let value)? = node.scalar, range.contains(value) { return value }
            if let value = Int(text), range.contains(value) { return value }
            reader.unexpected(expected, node)
            return nil
        } show: {
            .int($0)
        }
    }

    /// A number of bytes, or one with a unit: `10 MiB`, `500kB`.
    static func bytes(_ range: ClosedRange<Int>) -> Self {
        let expected = "a number of bytes from \(range.lowerBound) to \(range.upperBound), like 1048576 or 10 MiB"
        return Self(expected: expected) { node, reader in
            guard let text = reader.text(expected, node) else { return nil }
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            let unit = ConfigurationReader.trim(String(text.dropFirst(digits.count))).lowercased()
            let units = [
                "": 1, "b": 1, "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000,
                "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
            ]
            if let number = Int(digits), let factor = units[unit] {
                let (value, overflow) = number.multipliedReportingOverflow(by: factor)
                if !overflow, range.contains(value) { return value }
            }
            reader.unexpected(expected, node)
            return nil
        } show: {
            .int($0)
        }
    }
}

extension ConfigurationKind where Value == Duration {
    static func seconds(_ range: ClosedRange<Double>) -> Self {
        let words = [range.lowerBound, range.upperBound].map { Int(exactly: $0).map(String.init) ?? "\($0)" }
        let expected = "a number of seconds from \(words[0]) to \(words[1])"
        return Self(expected: expected) { node, reader in
            guard let text = reader.text(expected, node) else { return nil }
            if let value = Double(text), value.isFinite, range.contains(value) { return .seconds(value) }
            reader.unexpected(expected, node)
            return nil
        } show: {
            .seconds($0)
        }
    }
}

extension JSONValue {
    /// A duration in seconds: `30`, `0.25`.
    static func seconds(_ duration: Duration) -> JSONValue {
        let (whole, rest) = duration.components
        return rest == 0 ? .int(Int(whole)) : .double(Double(whole) + Double(rest) / 1e18)
    }
}

extension ConfigurationKind where Value == String {
    static func word(_ expected: String) -> Self {
        Self(expected: expected) { node, reader in
            reader.text(expected, node)
        } show: {
            .string($0)
        }
    }

    /// A zone by its name in the tz database.
    static var timeZone: Self {
        let expected = "the name of a time zone, like Europe/Berlin or UTC"
        return Self(expected: expected) { node, reader in
            guard let text = reader.text(expected, node) else { return nil }
            do throws(CronError) {
                _ = try TimeZoneCatalogue().rules(named: text)
                return text
            } catch {
                reader.unexpected("\(expected): \(error.description)", node)
                return nil
            }
        } show: {
            .string($0)
        }
    }

    static var model: Self {
        let expected = "a model, written PROVIDER/MODEL"
        return Self(expected: expected) { node, reader in
            guard let text = reader.text(expected, node) else { return nil }
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) { return text }
            reader.unexpected(expected, node)
            return nil
        } show: {
            .string($0)
        }
    }

    /// A user of HTTP basic authentication.
    static var user: Self {
        let expected = "a name without a colon"
        return Self(expected: expected) { node, reader in
            guard let text = reader.text(expected, node) else { return nil }
            if !text.utf8.contains(UInt8(ascii: ":")) { return text }
            reader.unexpected(expected, node)
            return nil
        } show: {
            .string($0)
        }
    }

    /// A name or address to listen on, without brackets.
    static var host: Self {
        let expected = "a host name or an address, like 127.0.0.1"
        return Self(expected: expected) { node, reader in
            guard var text = reader.text(expected, node) else { return nil }
            if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
            let isKnown = text.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || "-.:".utf8.contains($0)
            }
            if isKnown, !text.isEmpty, text.utf8.count <= 253 { return text }
            reader.unexpected(expected, node)
            return nil
        } show: {
            .string($0)
        }
    }

    /// The root of a server: no query, no fragment, no slash at its end.
    static var serverURL: Self {
        Self(expected: HTTPAddress.expected) { node, reader in
            guard let text = reader.text(HTTPAddress.expected, node) else { return nil }
            do throws(HTTPAddress.Fault) {
                return try ConfigurationURL.root(text)
            } catch {
                reader.fault(error.message, at: node)
                return nil
            }
        } show: {
            .string($0)
        }
    }

    /// A URL whose path may be what keeps strangers out, as with Slack's.
    static var webhookURL: Self {
        Self(expected: HTTPAddress.expected) { node, reader in
            ConfigurationURL.webhook(node, &reader)
        } show: {
            .string(ConfigurationURL.withoutPath($0))
        }
    }
}

extension ConfigurationKind where Value == Secret {
    static var secret: Self {
        Self(expected: "a secret") { node, reader in
            guard case .scalar(let text, _, _) = node.content, !text.isEmpty, !text.hasControlCharacter else {
                reader.fault("should be a text of one line", at: node)
                return nil
            }
            reader.guardSecret(node)
            return Secret(text)
        } show: { _ in
            "set"
        }
    }
}

extension ConfigurationKind where Value == FilePath {
    static var path: Self {
        let expected = "a path"
        return Self(expected: expected) { node, reader in
            reader.path(expected, node)
        } show: {
            .string($0.string)
        }
    }
}

extension ConfigurationKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a few words.
    static var choice: Self {
        let expected = "one of " + Value.allCases.map(\.rawValue).joined(separator: ", ")
        return Self(expected: expected) { node, reader in
            guard let text = reader.text(expected, node) else { return nil }
            if let value = Value(rawValue: text.lowercased()) { return value }
            reader.unexpected(expected, node)
            return nil
        } show: {
            .string($0.rawValue)
        }
    }
}
