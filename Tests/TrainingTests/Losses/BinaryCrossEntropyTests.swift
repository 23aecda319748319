import Testing

@testable import Training

struct BinaryCrossEntropyTests {
  private func computed(
    _ loss: BinaryCrossEntropy, _ logits: [Float], _ targets: [Float]
  ) -> (sums: LossSums, gradient: [Float]) {
    var gradient = [Float](repeating: .nan, count: logits.count)
    var sums = LossSums()
    let rows = logits.count / loss.positiveWeights.count
    logits.withUnsafeBufferPointer { logits in
      targets.withUnsafeBufferPointer { targets in
        gradient.withUnsafeMutableBufferPointer {
          loss.add(
            logits: logits, targets: targets, meanOver: Double(rows), gradient: $0, to: &sums)
        }
      }
    }
    return (sums, gradient)
  }

  @Test(arguments: 0..<5)
  func `loss and gradient are those of PyTorch`(index: Int) throws {
    let golden = try MultiLabelGolden.read().losses[index]
    let loss = BinaryCrossEntropy(
      positiveWeights: golden.weights, labelSmoothing: golden.smoothing)
    let (sums, gradient) = computed(loss, golden.logits, golden.targets)
    #expect(abs(sums.objective / sums.weight - golden.loss) < 1e-6 * max(1, golden.loss))
    #expect(largestError(gradient, golden.gradient) < 1e-6)
    #expect(sums.rows == 6)
  }

  @Test func `large logits overflow nothing`() {
    let loss = BinaryCrossEntropy(positiveWeights: [1, 1], labelSmoothing: 0)
    let right = computed(loss, [1e30, -1e30], [1, 0])
    #expect(right.sums.objective == 0 && right.gradient == [0, 0] && right.sums.correct == 1)
    let wrong = computed(loss, [200, -200], [0, 1])
    #expect(abs(wrong.sums.objective - 200) < 1e-9 && wrong.sums.correct == 0)
    #expect(wrong.gradient == [0.5, -0.5])
  }

  @Test func `balance lets those with a label count as much as those without`() {
    let weights = BinaryCrossEntropy.balancedWeights(
      outputs: [[0, 2], [2], [2], [1, 2]], labelCount: 4)
    #expect(weights == [3, 3, 1, 1])
  }

  @Test func `sigmoids are probabilities at any size`() {
    #expect(sigmoid([0, 1e30, -1e30][...]) == [0.5, 1, 0])
    #expect(abs(sigmoid([2][...])[0] - 0.880797) < 1e-6)
    #expect(sigmoid([Float.nan][...])[0].isNaN)
  }
}
