extension Timestamp {
  /// Reads a date or a moment as ISO 8601 writes them.
  ///
  /// For example `2026-11-24`, `2026-11-24T14:22`, `2026-11-24 14:22:05.123Z` or
  /// `2026-11-24T14:22:05+02:00`; in UTC unless it says otherwise. A date is its first moment.
  ///
  /// - Returns: `nil` for any other text, and for days and hours that no calendar has.
  package init?(iso8601 text: String) {
    guard let match = text.wholeMatch(of: Self.pattern) else { return nil }
    let parts = match.output
    guard let year = Int64(parts.1), let month = Int64(parts.2), let day = Int64(parts.3),
      (1...12).contains(month), day >= 1, day <= Self.days(in: month, year)
    else { return nil }
    let (hour, minute, second) = (Self.number(parts.4), Self.number(parts.5), Self.number(parts.6))
    guard hour < 24, minute < 60, second < 60 else { return nil }
    var fraction: Int64 = 0
    if let digits = parts.7 {
      fraction = Int64(String((digits + "000000").prefix(6))) ?? 0
    }
    var offset: Int64 = 0
    if let zone = parts.8, zone != "Z" {
      let (hours, minutes) = (Self.number(zone.dropFirst().prefix(2)), Self.number(zone.suffix(2)))
      guard hours < 24, minutes < 60 else { return nil }
      offset = (zone.hasPrefix("-") ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
    let time = hour * 3600 + minute * 60 + second
    let seconds = Self.dayNumber(year, month, day) * 86_400 + time - offset
    self.init(microseconds: seconds * 1_000_000 + fraction)
  }

  private static var pattern:
    Regex<
      (
        Substring, Substring, Substring, Substring, Substring?, Substring?, Substring?, Substring?,
        Substring?
      )
    >
  {
    /([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?/
  }

  private static func number(_ digits: Substring?) -> Int64 { digits.flatMap { Int64($0) } ?? 0 }

  private static func days(in month: Int64, _ year: Int64) -> Int64 {
    let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    switch month {
    case 2: return isLeapYear ? 29 : 28
    case 4, 6, 9, 11: return 30
    default: return 31
    }
  }

  /// The day counted from 1970-01-01, in the Gregorian calendar; years begin in March.
  private static func dayNumber(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let marchMonth = (month + 9) % 12
    let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
    return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
  }
}
