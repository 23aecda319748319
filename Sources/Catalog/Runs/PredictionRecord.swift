package import Tensors

/// What a model that was measured answered for an image.
package struct PredictionRecord: Hashable, Sendable {
  /// The image.
  package let image: Digest
  /// The output of the label that the image has, from 0.
  package let target: Int
  /// The output that was largest.
  package let answer: Int
  /// The probability of the answer; `nil` where the network put out no number.
  package let confidence: Double?

  /// An answer.
  package init(image: Digest, target: Int, answer: Int, confidence: Double?) {
    self.image = image
    self.target = target
    self.answer = answer
    self.confidence = confidence
  }
}

/// How many images of a label were taken for a label.
package struct PredictionCount: Hashable, Sendable {
  /// The output of the label that the images have.
  package let target: Int
  /// The output that was largest.
  package let answer: Int
  /// How many images.
  package let count: Int
}

/// Which answers of a run are asked for.
package struct PredictionFilter: Hashable, Sendable {
  /// Only images of the label of this output.
  package var target: Int?
  /// Only images that were taken for the label of this output.
  package var answer: Int?
  /// Only images that were taken for another label than theirs.
  package var isWrong = false

  /// All of them.
  package init() {}
}
