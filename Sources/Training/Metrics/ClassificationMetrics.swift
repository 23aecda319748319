private import Glibc

/// How well logits tell labels apart.
///
/// Without rows every number is 0. A class that was never predicted has a precision of 0, one
/// without rows a recall of 0, and an F1 of 0 where both are 0, as scikit-learn has with
/// `zero_division=0`. Of equal logits the first counts as the answer.
package struct ClassificationMetrics: Sendable {
  /// How well one class is told from the others.
  package struct ClassMetrics: Sendable, Hashable {
    /// The share of rows taken for it that are.
    package let precision: Double
    /// The share of its rows that were found.
    package let recall: Double
    /// The harmonic mean of the two.
    package let f1: Double
    /// How many rows have it.
    package let support: Int
  }

  /// The share of rows whose likeliest label is the right one.
  package let accuracy: Double
  /// The mean cross-entropy in nats.
  package let loss: Double
  /// How many rows of each label (first index) were taken for each label (second).
  package let confusionMatrix: [[Int]]
  /// What each row was taken for, with the probability of that.
  package let answers: [(output: Int, confidence: Double)]
  /// Precision, recall and F1, by label.
  package let perClass: [ClassMetrics]
  /// The mean gap between confidence and accuracy over 15 equally wide bins of the top
  /// probability, each bin open below and closed above
  /// (Guo et al., "On calibration of modern neural networks", 2017, arXiv:1706.04599).
  package let expectedCalibrationError: Double

  /// Measures logits `[N, K]`, row by row, against the right output of each row.
  ///
  /// - Precondition: there are `labelCount` logits for each label, and labels lie below it.
  package init(logits: [Float], labels: [Int], labelCount: Int) {
    precondition(logits.count == labels.count * labelCount, "each label has a row of logits")
    precondition(labels.allSatisfy { (0..<labelCount).contains($0) }, "labels are outputs")
    var matrix = [[Int]](
      repeating: [Int](repeating: 0, count: labelCount), count: labelCount)
    var calibration = CalibrationBins()
    var answers: [(output: Int, confidence: Double)] = []
    answers.reserveCapacity(labels.count)
    var loss = 0.0
    for (row, label) in labels.enumerated() {
      let values = logits[row * labelCount..<(row + 1) * labelCount]
      var winner = values.startIndex
      for index in values.indices where values[index] > values[winner] { winner = index }
      let largest = Double(values[winner])
      let sum = values.reduce(0) { $0 + exp(Double($1) - largest) }
      loss += largest - Double(values[values.startIndex + label]) + log(sum)
      let answer = winner - values.startIndex
      matrix[label][answer] += 1
      calibration.add(confidence: 1 / sum, isRight: answer == label)
      answers.append((answer, 1 / sum))
    }
    let diagonal = matrix.indices.reduce(0) { $0 + matrix[$1][$1] }
    accuracy = labels.isEmpty ? 0 : Double(diagonal) / Double(labels.count)
    self.loss = labels.isEmpty ? 0 : loss / Double(labels.count)
    confusionMatrix = matrix
    self.answers = answers
    expectedCalibrationError = calibration.error
    perClass = matrix.indices.map { label in
      let found = matrix[label][label]
      let support = matrix[label].reduce(0, +)
      let predicted = matrix.reduce(0) { $0 + $1[label] }
      return ClassMetrics(
        precision: predicted == 0 ? 0 : Double(found) / Double(predicted),
        recall: support == 0 ? 0 : Double(found) / Double(support),
        f1: support + predicted == 0 ? 0 : 2 * Double(found) / Double(support + predicted),
        support: support)
    }
  }
}
