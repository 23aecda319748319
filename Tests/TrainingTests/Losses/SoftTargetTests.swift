import Foundation
import TestSupport
import Testing
import Training

/// What PyTorch computed, by `Golden/make-soft-targets.py`.
private struct SoftTargets: Decodable {
  let logits: [Float]
  let targets: [Float]
  let smoothing: Float
  let weights: [Float]
  let dividesByRows: Bool
  let loss: Double
  let gradient: [Double]

  static func read() throws -> [SoftTargets] {
    let file = Places.repository.appending(path: "Tests/TrainingTests/Golden/soft-targets.json")
    return try JSONDecoder().decode([SoftTargets].self, from: Data(contentsOf: file))
  }
}

struct SoftTargetTests {
  private func computed(
    _ loss: SoftmaxCrossEntropy, _ logits: [Float], _ targets: [Float], meanOver: Double? = nil
  ) -> (sums: LossSums, gradient: [Float]) {
    var gradient = [Float](repeating: .nan, count: logits.count)
    let sums = logits.withUnsafeBufferPointer { logits in
      targets.withUnsafeBufferPointer { targets in
        gradient.withUnsafeMutableBufferPointer {
          loss.lossAndGradient(
            logits: logits, targets: targets, meanOver: meanOver, gradient: $0)
        }
      }
    }
    return (sums, gradient)
  }

  @Test(arguments: 0..<8)
  func `loss and gradient are those of PyTorch`(index: Int) throws {
    let golden = try SoftTargets.read()[index]
    let loss = SoftmaxCrossEntropy(
      classWeights: golden.weights, labelSmoothing: golden.smoothing)
    let rows = Double(golden.logits.count / golden.weights.count)
    let (sums, gradient) = computed(
      loss, golden.logits, golden.targets, meanOver: golden.dividesByRows ? rows : nil)
    let mean = sums.objective / (golden.dividesByRows ? rows : sums.weight)
    #expect(abs(mean - golden.loss) < 1e-6 * max(1, golden.loss))
    #expect(largestError(gradient, golden.gradient) < 1e-6)
  }

  @Test func `the gradient is that of the mean by finite differences`() {
    let loss = SoftmaxCrossEntropy(classWeights: [0.5, 2, 1], labelSmoothing: 0.2)
    let logits: [Float] = [0.5, -1, 2, 1.5, 0.25, -0.75]
    let targets: [Float] = [0.25, 0.75, 0, 0, 0.5, 0.5]
    let (sums, gradient) = computed(loss, logits, targets)
    for index in logits.indices {
      var (lower, upper) = (logits, logits)
      lower[index] -= 0.0078125
      upper[index] += 0.0078125
      let difference =
        computed(loss, upper, targets).sums.objective
        - computed(loss, lower, targets).sums.objective
      #expect(abs(difference / 0.015625 / sums.weight - Double(gradient[index])) < 1e-5)
    }
  }

  @Test func `large logits overflow nothing, and rows without weight teach nothing`() {
    let even = SoftmaxCrossEntropy(classWeights: [1, 1], labelSmoothing: 0)
    let (sums, gradient) = computed(even, [1e30, -1e30], [0, 1])
    #expect(sums.objective.isFinite && gradient == [1, -1] && sums.correct == 0)
    let weightless = SoftmaxCrossEntropy(classWeights: [0, 1], labelSmoothing: 0)
    let nothing = computed(weightless, [3, 1], [1, 0])
    #expect(nothing.sums.objective == 0 && nothing.gradient == [0, 0])
    #expect(nothing.sums.correct == 1 && nothing.sums.rows == 1)
  }

  @Test func `parts of a batch add up to the whole`() {
    let loss = SoftmaxCrossEntropy(classWeights: [0.5, 1.5], labelSmoothing: 0.1)
    let logits: [Float] = [1, 2, -1, 0.5, 0, 3]
    let targets: [Float] = [1, 0, 0.25, 0.75, 0, 1]
    let whole = computed(loss, logits, targets)
    let first = computed(
      loss, Array(logits[..<2]), Array(targets[..<2]), meanOver: whole.sums.weight)
    let rest = computed(
      loss, Array(logits[2...]), Array(targets[2...]), meanOver: whole.sums.weight)
    #expect(first.gradient + rest.gradient == whole.gradient)
    #expect(abs(first.sums.objective + rest.sums.objective - whole.sums.objective) < 1e-12)
  }
}
