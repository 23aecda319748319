/// The loss of logits against the labels of images: softmax cross-entropy where labels exclude each
/// other, binary cross-entropy where they are independent.
enum LabelLoss: Sendable {
  case softmax(SoftmaxCrossEntropy)
  case sigmoid(BinaryCrossEntropy)

  /// - Parameters:
  ///   - targets: the labels of the training images, which decide the kind and the balance.
  ///   - labelCount: how many labels there are.
  ///   - balances: whether labels count the same, however many images have them.
  ///   - smoothing: the share of the target that is spread, in `0..<1`.
  init(for targets: LabelTargets, labelCount: Int, balances: Bool, smoothing: Double) {
    let even = [Float](repeating: 1, count: labelCount)
    switch targets {
    case .exclusive(let labels):
      self = .softmax(
        SoftmaxCrossEntropy(
          classWeights: balances
            ? SoftmaxCrossEntropy.balancedWeights(labels: labels, labelCount: labelCount) : even,
          labelSmoothing: Float(smoothing)))
    case .independent(let outputs):
      self = .sigmoid(
        BinaryCrossEntropy(
          positiveWeights: balances
            ? BinaryCrossEntropy.balancedWeights(outputs: outputs, labelCount: labelCount) : even,
          labelSmoothing: Float(smoothing)))
    }
  }

  /// How many labels there are.
  var labelCount: Int {
    switch self {
    case .softmax(let loss): loss.classWeights.count
    case .sigmoid(let loss): loss.positiveWeights.count
    }
  }

  /// What the mean over some images divides by: their class weights, or how many they are.
  func totalWeight(of images: some Sequence<Int>, in targets: LabelTargets) -> Double {
    switch (self, targets) {
    case (.softmax(let loss), .exclusive(let labels)):
      loss.totalWeight(of: images.lazy.map { labels[$0] })
    default: images.reduce(0) { count, _ in count + 1 }
    }
  }

  /// The targets of some images as rows of numbers, `[images.count, labels]`.
  ///
  /// - Parameters:
  ///   - images: which images, in the order of the rows.
  ///   - targets: the labels of all images.
  ///   - share: what an image keeps of its target; the rest is that of its partner, the image at the
  ///     same distance from the other end.
  /// - Returns: numbers in `0...1`.
  func rows(of images: [Int], in targets: LabelTargets, share: Float = 1) -> [Float] {
    switch targets {
    case .exclusive(let labels):
      return Mixup.targets(
        labels: images.map { labels[$0] }, labelCount: labelCount, share: share)
    case .independent(let outputs):
      var rows = [Float](repeating: 0, count: images.count * labelCount)
      for (row, image) in images.enumerated() {
        for output in outputs[image] { rows[row * labelCount + output] += share }
        for output in outputs[images[images.count - 1 - row]] {
          rows[row * labelCount + output] += 1 - share
        }
      }
      return rows
    }
  }

  /// The loss of rows of targets, and its gradient.
  ///
  /// - Parameters:
  ///   - logits: `[N, K]`.
  ///   - targets: `[N, K]`, as ``rows(of:in:share:)`` makes them.
  ///   - meanOver: what the mean divides by; what these rows weigh if `nil`.
  ///   - gradient: `[N, K]`: becomes the gradient of the mean with respect to the logits.
  /// - Returns: the sums over the rows.
  func lossAndGradient(
    logits: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>, meanOver: Double?,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> LossSums {
    switch self {
    case .softmax(let loss):
      return loss.lossAndGradient(
        logits: logits, targets: targets, meanOver: meanOver, gradient: gradient)
    case .sigmoid(let loss):
      var sums = LossSums()
      loss.add(
        logits: logits, targets: targets,
        meanOver: meanOver ?? Double(logits.count / max(labelCount, 1)), gradient: gradient,
        to: &sums)
      return sums
    }
  }

  /// Adds the loss of some images to `sums`; turns their logits `[images.count, K]` into gradients of
  /// the mean if `meanOver` says what it divides by.
  func add(
    logits: UnsafeMutablePointer<Float>, images: [Int], in targets: LabelTargets,
    meanOver: Double?, to sums: inout LossSums
  ) {
    switch (self, targets) {
    case (.softmax(let loss), .exclusive(let labels)):
      images.map { labels[$0] }.withUnsafeBufferPointer {
        loss.add(logits: logits, labels: $0, meanOver: meanOver, to: &sums)
      }
    case (.sigmoid(let loss), _):
      let count = images.count * labelCount
      rows(of: images, in: targets).withUnsafeBufferPointer {
        loss.add(
          logits: UnsafeBufferPointer(start: logits, count: count), targets: $0,
          meanOver: meanOver ?? 1,
          gradient: meanOver == nil
            ? nil : UnsafeMutableBufferPointer(start: logits, count: count), to: &sums)
      }
    case (.softmax, .independent):
      preconditionFailure("several labels have no softmax")
    }
  }
}
