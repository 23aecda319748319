private import Glibc

/// A moment in UTC, to the microsecond.
package struct Timestamp: Hashable, Sendable, Comparable {
  /// Microseconds since 1970-01-01 00:00:00 UTC, without leap seconds.
  package let microseconds: Int64

  /// The moment that many microseconds after the start of 1970.
  package init(microseconds: Int64) { self.microseconds = microseconds }

  /// The moment of the call.
  package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  /// For example `2026-11-24T14:22:05.123Z`, cut to milliseconds.
  package var iso8601: String {
    // Whole days and the rest are split rounding down, so that moments before 1970 come out right.
    let milliseconds = microseconds.dividedDown(by: 1000)
    let days = milliseconds.quotient.dividedDown(by: 86_400_000)
    let date = Self.date(ofDay: days.quotient)
    let second = days.remainder / 1000
    var text = ""
    text.reserveCapacity(24)
    for (value, width, end) in [
      (date.year, 4, "-"), (date.month, 2, "-"), (date.day, 2, "T"), (second / 3600, 2, ":"),
      (second / 60 % 60, 2, ":"), (second % 60, 2, "."), (days.remainder % 1000, 3, "Z"),
    ] {
      value.append(to: &text, width: width)
      text += end
    }
    return text
  }

  /// Whether the one moment is before the other.
  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microseconds < right.microseconds
  }

  /// The date in the Gregorian calendar of a day counted from 1970-01-01.
  ///
  /// Years are taken to begin in March, so that the leap day is the last of its year; 400 years
  /// have 146,097 days, and months from March on have 153 days in each five.
  private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let era = (day + 719_468).dividedDown(by: 146_097)
    let dayOfEra = era.remainder
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = yearOfEra + era.quotient * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }
}

extension Int64 {
  fileprivate func dividedDown(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  /// Adds the digits, with zeros before them up to the width.
  fileprivate func append(to text: inout String, width: Int) {
    let digits = String(self)
    for _ in 0..<Swift.max(0, width - digits.utf8.count) { text += "0" }
    text += digits
  }
}
