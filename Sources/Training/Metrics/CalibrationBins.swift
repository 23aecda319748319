/// Confidences and successes by 15 equally wide bins of confidence, each open below and closed above.
package struct CalibrationBins: Sendable {
  private static let count = 15

  private var confidence = [Double](repeating: 0, count: count)
  private var right = [Double](repeating: 0, count: count)
  private var counts = [Int](repeating: 0, count: count)
  private var total = 0

  /// Bins without a row.
  package init() {}

  /// Rows whose confidence lies in a bin.
  package struct Bin: Sendable, Hashable {
    /// The bounds; the lower one does not belong to the bin.
    package let above: Double, upTo: Double
    /// How many rows.
    package let count: Int
    /// Their mean confidence.
    package let confidence: Double
    /// The share that was right.
    package let accuracy: Double
  }

  /// Takes a row; one whose confidence is not a number belongs to no bin, but counts.
  package mutating func add(confidence value: Double, isRight: Bool) {
    total += 1
    guard value.isFinite else { return }
    let bin = min(max(Int((value * Double(Self.count)).rounded(.up)) - 1, 0), Self.count - 1)
    counts[bin] += 1
    confidence[bin] += value
    right[bin] += isRight ? 1 : 0
  }

  /// The bins that have rows, those of low confidence first.
  package var filled: [Bin] {
    counts.indices.filter { counts[$0] > 0 }.map { bin in
      Bin(
        above: Double(bin) / Double(Self.count), upTo: Double(bin + 1) / Double(Self.count),
        count: counts[bin], confidence: confidence[bin] / Double(counts[bin]),
        accuracy: right[bin] / Double(counts[bin]))
    }
  }

  /// The mean gap between confidence and accuracy.
  var error: Double {
    guard total > 0 else { return 0 }
    return zip(confidence, right).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(total)
  }
}
