package import Report
package import Spool

extension DurationText {
    package static func since(_ start: Timestamp, _ now: Timestamp) -> String { exact(seconds(start, now)) }

    package static func ago(_ moment: Timestamp, _ now: Timestamp) -> String { rough(seconds(moment, now)) + " ago" }

    package static func until(_ moment: Timestamp, _ now: Timestamp) -> String { "in " + exact(seconds(now, moment)) }

    private static func seconds(_ start: Timestamp, _ end: Timestamp) -> Double { end.seconds - start.seconds }
}
