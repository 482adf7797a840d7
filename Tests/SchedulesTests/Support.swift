import Foundation
import Schedules

func zone(_ name: String) throws -> TimeZoneRules { try TimeZoneCatalogue().rules(named: name) }

/// Seconds since 1970 of an RFC 3339 moment, by Foundation.
func moment(_ text: String) throws -> Int {
    Int(try Date(text, strategy: .iso8601).timeIntervalSince1970)
}

func shown(_ moment: Int) -> String { Date(timeIntervalSince1970: TimeInterval(moment)).formatted(.iso8601) }

/// The same numbers in each run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
