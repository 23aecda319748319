private import Glibc

/// How the command writes numbers for people.
package enum Quantity {
  /// A number with that many digits after the point.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "-∞" : "∞" }
    let scale = pow(10, Double(decimals))
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 1e15 else { return value.description }
    let digits = Int(scaled)
    let sign = value < 0 && digits != 0 ? "-" : ""
    let whole = digits / Int(scale)
    guard decimals > 0 else { return "\(sign)\(whole)" }
    let fraction = String(digits % Int(scale))
    return "\(sign)\(whole)." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }

  /// A number with four significant digits; the exponent is written out when the number is below a
  /// thousandth or above a million.
  package static func significant(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return fixed(value, 0) }
    let exponent = Int(log10(value.magnitude).rounded(.down))
    if (-3..<6).contains(exponent) { return fixed(value, max(0, 3 - exponent)) }
    return "\(fixed(value / pow(10, Double(exponent)), 2))e\(exponent)"
  }

  /// A number with at most four digits after the point, and no zero at the end.
  package static func trimmed(_ value: Double) -> String {
    var digits = fixed(value, 4)[...]
    guard digits.contains(".") else { return String(digits) }
    while digits.last == "0" { digits.removeLast() }
    if digits.last == "." { digits.removeLast() }
    return String(digits)
  }

  /// A size in units of a thousand: `512 B`, `10.2 KB`, `13.7 MB`.
  package static func bytes(_ count: Int) -> String {
    if count.magnitude < 1_000 { return "\(count) B" }
    var value = Double(count)
    for unit in ["KB", "MB", "GB", "TB"] {
      value /= 1_000
      // What would be rounded up to a thousand belongs to the next unit.
      if value.magnitude < 999.95 || unit == "TB" { return "\(fixed(value, 1)) \(unit)" }
    }
    return "\(count) B"
  }

  /// A whole number in groups of three digits: `4,652,008`.
  package static func count(_ value: Int) -> String {
    var digits = Array(String(value.magnitude))
    var index = digits.count - 3
    while index > 0 {
      digits.insert(",", at: index)
      index -= 3
    }
    return (value < 0 ? "-" : "") + String(digits)
  }

  /// A number with its noun: `1 image`, `2,000 images`.
  package static func count(_ value: Int, _ singular: String, plural: String? = nil) -> String {
    "\(count(value)) \(value == 1 ? singular : plural ?? singular + "s")"
  }

  /// A share of one: `97.3 %`.
  package static func percent(_ share: Double) -> String {
    share.isFinite ? fixed(share * 100, 1) + " %" : "–"
  }

  /// A length of time: `84 ms`, `4.2 s`, `1 min 05 s`, `2 h 10 min`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "–" }
    if seconds < 0.9995 { return "\(fixed(seconds * 1_000, 0)) ms" }
    if seconds < 59.95 { return "\(fixed(seconds, 1)) s" }
    let whole = Int(seconds.rounded())
    if whole < 3_600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
    return "\(whole / 3_600) h \(twoDigits(whole / 60 % 60)) min"
  }

  /// A time from an answer, to the minute: `2026-07-28 09:15`.
  package static func time(_ iso8601: String) -> String {
    String(iso8601.prefix(16).map { $0 == "T" ? " " : $0 })
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
