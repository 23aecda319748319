import Foundation
import TestSupport

/// What `Golden/make-training.py` computed with other libraries.
struct Golden: Decodable {
  struct CrossEntropy: Decodable {
    var logits: [Float]
    var labels: [Int]
    var smoothing: Float
    var weights: [Float]
    var loss: Double
    var gradient: [Double]
  }
  struct AdamWSteps: Decodable {
    var first: [Float]
    var rate: Double
    var decay: Double
    var gradients: [[Float]]
    var after: [[Double]]
  }
  struct Cosine: Decodable {
    var base: Double
    var total: Int
    var rates: [Double]
  }
  struct Logistic: Decodable {
    var features: [Float]
    var labels: [Int]
    var strength: Double
    var weight: [Double]
    var logits: [Double]
  }
  struct Metrics: Decodable {
    var logits: [Float]
    var labels: [Int]
    var accuracy: Double
    var loss: Double
    var confusion: [[Int]]
    var precision: [Double]
    var recall: [Double]
    var f1: [Double]
    var support: [Int]
    var calibrationError: Double
  }
  var crossEntropy: [CrossEntropy]
  var adamw: AdamWSteps
  var cosine: Cosine
  var logistic: Logistic
  var metrics: Metrics

  static func read() throws -> Golden {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      Golden.self,
      from: Data(
        contentsOf: Places.repository.appending(
          path: "Tests/TrainingTests/Golden/training.json")))
  }
}

/// The largest difference, relative to one or to the expected number where that is larger.
func largestError(_ values: [Float], _ expected: [Double]) -> Double {
  guard values.count == expected.count else { return .infinity }
  return zip(values, expected).map { abs(Double($0) - $1) / max(1, abs($1)) }.max() ?? 0
}
