package import Diagnostics
package import Networks
private import Tensors

/// What heads say of features that they were not fitted to: each part of the rows is judged by a head
/// that was fitted to the others (k-fold cross-validation).
package struct CrossValidation {
  /// The head's layers.
  package var head: [Layer]
  /// The first weights of every fit.
  package var initial: StateDict
  /// How to fit.
  package var options: HeadFitOptions

  package init(head: [Layer], initial: StateDict, options: HeadFitOptions) {
    self.head = head
    self.initial = initial
    self.options = options
  }

  /// The probabilities `[N, K]` of all rows, each by a head that has not seen it.
  ///
  /// Of the parts that a head may see, the next one chooses the weight decay or the epoch.
  ///
  /// - Parameters:
  ///   - data: The rows.
  ///   - folds: The part of each row, from 0; there are at least three parts.
  ///   - isCancelled: Asked between blocks of rows.
  ///   - progress: Hears of each fold.
  /// - Returns: The probabilities, row by row; where labels are independent, each on its own.
  /// - Throws: What ``HeadFit`` throws, and `interrupted`.
  package func probabilities(
    of data: LabelledFeatures, folds: [Int], isCancelled: () -> Bool,
    progress: any ProgressObserver
  ) throws -> [Float] {
    precondition(folds.count == data.count, "a fold for each row")
    let count = (folds.max() ?? 0) + 1
    precondition(count >= 3, "a part to judge, one to choose by, and one to fit")
    let labelCount = try HeadPlan(head: head).labelCount
    var probabilities = [Float](repeating: 0, count: data.count * labelCount)
    for fold in 0..<count {
      let judged = folds.indices.filter { folds[$0] == fold }
      let choosing = folds.indices.filter { folds[$0] == (fold + 1) % count }
      let fitted = folds.indices.filter { folds[$0] != fold && folds[$0] != (fold + 1) % count }
      let result = try HeadFit(
        head: head, initial: initial, training: data.rows(fitted), validation: data.rows(choosing),
        options: options
      ).run(
        recorder: SilentRecorder(), isCancelled: isCancelled, progress: SilentProgress(),
        checkpoint: { _ in })
      guard result.stop != .cancelled else {
        throw RegistryError(
          .interrupted, "Cross-validation was stopped after \(fold) of \(count) parts.",
          remedy: "Run the same command again.")
      }
      let logits = try HeadNetwork(head: head, tensors: result.tensors).logits(
        data.rows(judged).features, count: judged.count)
      for (position, row) in judged.enumerated() {
        let own = logits[position * labelCount..<(position + 1) * labelCount]
        let values = data.targets.areIndependent ? sigmoid(own) : softmax(own)
        probabilities.replaceSubrange(row * labelCount..<(row + 1) * labelCount, with: values)
      }
      progress.progress(
        ProgressUpdate("Cross-validating", completed: fold + 1, total: count, unit: "parts"))
    }
    return probabilities
  }
}

extension LabelledFeatures {
  /// Some of the rows, in the order of `positions`.
  fileprivate func rows(_ positions: [Int]) -> LabelledFeatures {
    var values: [Float] = []
    values.reserveCapacity(positions.count * featureCount)
    for row in positions { values += features[row * featureCount..<(row + 1) * featureCount] }
    return LabelledFeatures(
      featureCount: featureCount, features: values, targets: targets[positions])
  }
}
