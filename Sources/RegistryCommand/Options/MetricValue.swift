internal import ArgumentParser
private import Glibc

/// A metric with a number as people write it down, rounded.
struct MetricValue: ExpressibleByArgument, Equatable {
  let name: String
  let value: Double
  /// Half a unit of the last digit.
  let tolerance: Double

  /// Reads a text such as `test_accuracy=0.973`, `loss=3e-4` or `accuracy=97.3%`.
  init?(argument: String) {
    guard let sign = argument.lastIndex(of: "="), sign > argument.startIndex else { return nil }
    name = String(argument[..<sign])
    var digits = argument[argument.index(after: sign)...]
    let isPercentage = digits.hasSuffix("%")
    if isPercentage {
      digits = digits.dropLast()
      while digits.hasSuffix(" ") { digits = digits.dropLast() }
    }
    guard digits.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }),
      let number = Double(digits), number.isFinite
    else { return nil }
    let parts = digits.split(maxSplits: 1, omittingEmptySubsequences: false) {
      $0 == "e" || $0 == "E"
    }
    let decimals =
      parts[0].firstIndex(of: ".").map { parts[0][$0...].count - 1 } ?? 0
    let exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) - decimals - (isPercentage ? 2 : 0)
    value = isPercentage ? number / 100 : number
    // A little more than half a unit, so that what was rounded to the last bit is found too.
    tolerance = 0.5 * pow(10, Double(exponent)) * (1 + 1e-9)
  }
}
