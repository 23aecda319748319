/// Confidences and successes by bins of confidence.
struct CalibrationBins {
  private static let count = 15

  private var confidence = [Double](repeating: 0, count: count)
  private var right = [Double](repeating: 0, count: count)
  private var total = 0

  mutating func add(confidence value: Double, isRight: Bool) {
    total += 1
    // A row that is not a number belongs to no bin.
    guard value.isFinite else { return }
    let bin = min(max(Int((value * Double(Self.count)).rounded(.up)) - 1, 0), Self.count - 1)
    confidence[bin] += value
    right[bin] += isRight ? 1 : 0
  }

  var error: Double {
    guard total > 0 else { return 0 }
    return zip(confidence, right).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(total)
  }
}
