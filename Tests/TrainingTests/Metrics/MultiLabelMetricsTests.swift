import Foundation
import TestSupport
import Testing

@testable import Training

/// What PyTorch, SciPy and scikit-learn computed, by `Golden/make-multi-label.py`.
struct MultiLabelGolden: Decodable {
  struct Loss: Decodable {
    var logits: [Float]
    var targets: [Float]
    var smoothing: Float
    var weights: [Float]
    var loss: Double
    var gradient: [Double]
  }
  struct Metrics: Decodable {
    var logits: [Float]
    var outputs: [[Int]]
    var subsetAccuracy: Double
    var loss: Double
    var precision: [Double]
    var recall: [Double]
    var f1: [Double]
    var support: [Int]
    var averagePrecision: [Double]
    var meanAveragePrecision: Double
    var microF1: Double
    var macroF1: Double
    var calibrationError: Double
  }
  struct Fit: Decodable {
    var features: [Float]
    var outputs: [[Int]]
    var strength: Double
    var logits: [Double]
  }
  var losses: [Loss]
  var metrics: Metrics
  var fit: Fit

  static func read() throws -> MultiLabelGolden {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      MultiLabelGolden.self,
      from: Data(
        contentsOf: Places.repository.appending(
          path: "Tests/TrainingTests/Golden/multi-label.json")))
  }
}

struct MultiLabelMetricsTests {
  @Test func `metrics are those of scikit-learn`() throws {
    let golden = try MultiLabelGolden.read().metrics
    let metrics = MultiLabelMetrics(
      logits: golden.logits, outputs: golden.outputs, labelCount: 5)
    #expect(abs(metrics.subsetAccuracy - golden.subsetAccuracy) < 1e-9)
    #expect(abs(metrics.loss - golden.loss) < 1e-6)
    for (label, found) in metrics.perLabel.enumerated() {
      #expect(abs(found.precision - golden.precision[label]) < 1e-8)
      #expect(abs(found.recall - golden.recall[label]) < 1e-8)
      #expect(abs(found.f1 - golden.f1[label]) < 1e-8)
      #expect(found.support == golden.support[label])
      if label < 4 {
        #expect(abs((found.averagePrecision ?? -1) - golden.averagePrecision[label]) < 1e-8)
      }
    }
    #expect(metrics.perLabel[4].averagePrecision == nil)
    #expect(abs(metrics.meanAveragePrecision - golden.meanAveragePrecision) < 1e-8)
    #expect(abs(metrics.microF1 - golden.microF1) < 1e-8)
    #expect(abs(metrics.macroF1 - golden.macroF1) < 1e-8)
    #expect(abs(metrics.expectedCalibrationError - golden.calibrationError) < 1e-6)
  }

  @Test func `without rows every number is zero`() {
    let metrics = MultiLabelMetrics(logits: [], outputs: [], labelCount: 2)
    #expect(metrics.subsetAccuracy == 0 && metrics.loss == 0)
    #expect(metrics.meanAveragePrecision == 0 && metrics.microF1 == 0 && metrics.macroF1 == 0)
  }
}
