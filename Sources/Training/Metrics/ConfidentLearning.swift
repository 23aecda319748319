/// Which labels are probably wrong, from probabilities that a network gave to images which it had
/// not been trained on: confident learning
/// (Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset labels",
/// Journal of Artificial Intelligence Research 70, 2021, arXiv:1911.00068).
///
/// The threshold of a class `j` is how sure the network is, on average, of images that are labelled
/// `j` (equation 2):
///
///     t[j] = mean of p(j; x) over the images x with the label j
///
/// An image counts as a `j` if `p(j; x) >= t[j]`, and as the likeliest of those if several are
/// (equation 1). The label of one that counts as another class than it is labelled is in question,
/// unless the label is the likeliest class of all.
/// Since a class that the network is seldom sure of has a low threshold, this asks neither for
/// calibrated probabilities nor for balanced classes.
package struct ConfidentLearning: Sendable {
  /// An image whose label is in question.
  package struct Issue: Hashable, Sendable {
    /// The row.
    package let row: Int
    /// The class that it counts as.
    package let suggested: Int
    /// The probability of its label less that of the likeliest other class, from -1 to 1: the lower,
    /// the more is the label in question.
    package let margin: Double
  }

  /// The threshold of each class; infinite for a class without images.
  package let thresholds: [Double]
  /// How many images with each label (first index) count as each class (second); those that count
  /// as none are left out.
  package let confidentJoint: [[Int]]
  /// The labels in question, those with the lowest margin first.
  package let issues: [Issue]

  /// - Parameters:
  ///   - probabilities: `[N, K]`, row by row, out of sample.
  ///   - labels: The given label of each row.
  ///   - labelCount: K.
  /// - Precondition: there are `labelCount` probabilities for each label, and labels lie below it.
  package init(probabilities: [Float], labels: [Int], labelCount: Int) {
    precondition(probabilities.count == labels.count * labelCount, "a row for each label")
    precondition(labels.allSatisfy { (0..<labelCount).contains($0) }, "labels are outputs")
    var sums = [Double](repeating: 0, count: labelCount)
    var counts = [Int](repeating: 0, count: labelCount)
    for (row, label) in labels.enumerated() {
      sums[label] += Double(probabilities[row * labelCount + label])
      counts[label] += 1
    }
    let thresholds = zip(sums, counts).map { $1 == 0 ? .infinity : $0 / Double($1) }
    var joint = [[Int]](
      repeating: [Int](repeating: 0, count: labelCount), count: labelCount)
    var issues: [Issue] = []
    for (row, label) in labels.enumerated() {
      let values = (0..<labelCount).map { Double(probabilities[row * labelCount + $0]) }
      // The mean of equal numbers may be rounded above them.
      let confident = values.indices.filter { values[$0] >= thresholds[$0] - 1e-6 }
      guard let guess = confident.max(by: { (values[$0], -$0) < (values[$1], -$1) }) else {
        continue
      }
      joint[label][guess] += 1
      let best = values.indices.filter { $0 != label }.map { values[$0] }.max() ?? 0
      if guess != label, values[label] < best {
        issues.append(Issue(row: row, suggested: guess, margin: values[label] - best))
      }
    }
    self.thresholds = thresholds
    confidentJoint = joint
    self.issues = issues.sorted { ($0.margin, $0.row) < ($1.margin, $1.row) }
  }
}
