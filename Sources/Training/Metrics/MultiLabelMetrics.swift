private import Glibc

/// How well logits tell which of several independent labels an image has.
///
/// A label is taken to be there when its probability is above one half. Without rows every number is 0;
/// divisions by zero give 0, as scikit-learn has with `zero_division=0`.
package struct MultiLabelMetrics: Sendable {
  /// How well one label is found.
  package struct LabelMetrics: Sendable, Hashable {
    /// The share of images taken to have it that do.
    package let precision: Double
    /// The share of images that have it that were found.
    package let recall: Double
    /// The harmonic mean of the two.
    package let f1: Double
    /// How many images have it.
    package let support: Int
    /// `Σ (R[n] - R[n - 1]) P[n]` over all thresholds, with the recall `R` and the precision `P` at
    /// each; `nil` when no image has the label.
    package let averagePrecision: Double?
  }

  /// The share of images all of whose labels are right.
  package let subsetAccuracy: Double
  /// The mean binary cross-entropy over images and labels, in nats.
  package let loss: Double
  /// Precision, recall, F1 and average precision, by label.
  package let perLabel: [LabelMetrics]
  /// The mean of the average precisions of the labels that some image has.
  package let meanAveragePrecision: Double
  /// F1 over all pairs of an image and a label.
  package let microF1: Double
  /// The mean of the labels' F1.
  package let macroF1: Double
  /// The mean gap between probability and frequency over 15 equally wide bins of the probability, over
  /// all pairs of an image and a label.
  package let expectedCalibrationError: Double

  /// Measures logits `[N, K]`, row by row, against the right outputs of each row.
  ///
  /// - Precondition: there are `labelCount` logits for each row, and outputs lie below it.
  package init(logits: [Float], outputs: [[Int]], labelCount: Int) {
    precondition(logits.count == outputs.count * labelCount, "each row has its logits")
    let rowCount = outputs.count
    var targets = [Bool](repeating: false, count: logits.count)
    for (row, labels) in outputs.enumerated() {
      for label in labels { targets[row * labelCount + label] = true }
    }
    var (loss, right) = (0.0, 0)
    var calibration = CalibrationBins()
    for row in 0..<rowCount {
      var isRight = true
      for index in row * labelCount..<(row + 1) * labelCount {
        let z = Double(logits[index])
        loss += max(targets[index] ? -z : z, 0) + log1p(exp(-abs(z)))
        if (z > 0) != targets[index] { isRight = false }
        let e = exp(-abs(z))
        calibration.add(confidence: z < 0 ? e / (1 + e) : 1 / (1 + e), isRight: targets[index])
      }
      if isRight { right += 1 }
    }
    subsetAccuracy = rowCount == 0 ? 0 : Double(right) / Double(rowCount)
    self.loss = logits.isEmpty ? 0 : loss / Double(logits.count)
    expectedCalibrationError = calibration.error

    var (allFound, allTaken, allThere) = (0, 0, 0)
    perLabel = (0..<labelCount).map { label in
      let scores = (0..<rowCount).map { row in
        (score: logits[row * labelCount + label], isThere: targets[row * labelCount + label])
      }
      let support = scores.count(where: \.isThere)
      let taken = scores.count { $0.score > 0 }
      let found = scores.count { $0.score > 0 && $0.isThere }
      (allFound, allTaken, allThere) = (allFound + found, allTaken + taken, allThere + support)
      return LabelMetrics(
        precision: Self.ratio(found, taken), recall: Self.ratio(found, support),
        f1: Self.ratio(2 * found, taken + support), support: support,
        averagePrecision: Self.averagePrecision(scores, support))
    }
    microF1 = Self.ratio(2 * allFound, allTaken + allThere)
    macroF1 =
      labelCount == 0 ? 0 : perLabel.reduce(0) { $0 + $1.f1 } / Double(labelCount)
    let precisions = perLabel.compactMap(\.averagePrecision)
    meanAveragePrecision =
      precisions.isEmpty ? 0 : precisions.reduce(0, +) / Double(precisions.count)
  }

  private static func ratio(_ part: Int, _ whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }

  /// Images with equal scores pass the threshold together.
  private static func averagePrecision(
    _ scores: [(score: Float, isThere: Bool)], _ support: Int
  ) -> Double? {
    guard support > 0 else { return nil }
    let ordered = scores.sorted { $0.score > $1.score }
    var (sum, found, seen, former) = (0.0, 0, 0, 0)
    while seen < ordered.count {
      let score = ordered[seen].score
      repeat {
        if ordered[seen].isThere { found += 1 }
        seen += 1
      } while seen < ordered.count && ordered[seen].score == score
      sum += Double(found - former) / Double(support) * Double(found) / Double(seen)
      former = found
    }
    return sum
  }
}
