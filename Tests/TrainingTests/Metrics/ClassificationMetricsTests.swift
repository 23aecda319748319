import Testing

@testable import Training

struct ClassificationMetricsTests {
  @Test func `metrics are those of scikit-learn`() throws {
    let golden = try Golden.read().metrics
    let metrics = ClassificationMetrics(
      logits: golden.logits, labels: golden.labels, labelCount: 5)
    #expect(abs(metrics.accuracy - golden.accuracy) < 1e-9)
    #expect(abs(metrics.loss - golden.loss) < 1e-6)
    #expect(metrics.confusionMatrix == golden.confusion)
    for (label, found) in metrics.perClass.enumerated() {
      #expect(abs(found.precision - golden.precision[label]) < 1e-8)
      #expect(abs(found.recall - golden.recall[label]) < 1e-8)
      #expect(abs(found.f1 - golden.f1[label]) < 1e-8)
      #expect(found.support == golden.support[label])
    }
    #expect(abs(metrics.expectedCalibrationError - golden.calibrationError) < 1e-6)
  }

  @Test func `without rows every number is zero`() {
    let metrics = ClassificationMetrics(logits: [], labels: [], labelCount: 2)
    #expect(metrics.accuracy == 0)
    #expect(metrics.loss == 0)
    #expect(metrics.expectedCalibrationError == 0)
    #expect(metrics.confusionMatrix == [[0, 0], [0, 0]])
    #expect(metrics.perClass.allSatisfy { $0.f1 == 0 && $0.support == 0 })
  }

  @Test func `a sure and right answer has neither loss nor calibration error`() {
    let metrics = ClassificationMetrics(
      logits: [1e30, -1e30, -1e30, 1e30], labels: [0, 1], labelCount: 2)
    #expect(metrics.accuracy == 1)
    #expect(metrics.loss == 0)
    #expect(metrics.expectedCalibrationError == 0)
  }
}
