import Testing

@testable import Training

struct SoftmaxCrossEntropyTests {
  @Test(arguments: 0..<5)
  func `loss and gradient are those of PyTorch, with smoothing and weights`(index: Int) throws {
    let golden = try Golden.read().crossEntropy[index]
    let loss = SoftmaxCrossEntropy(
      classWeights: golden.weights, labelSmoothing: golden.smoothing)
    let total = loss.totalWeight(of: golden.labels)
    var logits = golden.logits
    var sums = LossSums()
    logits.withUnsafeMutableBufferPointer { logits in
      golden.labels.withUnsafeBufferPointer {
        loss.add(logits: logits.baseAddress!, labels: $0, meanOver: total, to: &sums)
      }
    }
    #expect(abs(sums.objective / total - golden.loss) < 1e-6 * max(1, golden.loss))
    #expect(largestError(logits, golden.gradient) < 1e-6)
  }

  @Test func `large logits overflow nothing`() {
    let loss = SoftmaxCrossEntropy(classWeights: [1, 1], labelSmoothing: 0)
    var sums = LossSums()
    var logits: [Float] = [1e30, -1e30]
    logits.withUnsafeMutableBufferPointer { logits in
      [1].withUnsafeBufferPointer {
        loss.add(logits: logits.baseAddress!, labels: $0, meanOver: 1, to: &sums)
      }
    }
    #expect(sums.objective.isFinite)
    #expect(logits == [1, -1])
    #expect(softmax([1e30, -1e30][...]) == [1, 0])
  }

  @Test func `balanced weights let each class count the same`() {
    let labels = [0, 0, 0, 1, 3, 3]
    let weights = SoftmaxCrossEntropy.balancedWeights(labels: labels, labelCount: 4)
    #expect(weights[2] == 0)
    #expect(abs(weights[0] * 3 - 2) < 1e-6)
    #expect(abs(weights[1] * 1 - 2) < 1e-6)
    #expect(abs(weights[3] * 2 - 2) < 1e-6)
  }

  @Test func `probabilities add up to one`() {
    let probabilities = softmax([1, 2, 3, -1, 0.5][1...])
    #expect(probabilities.count == 4)
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6)
    #expect(softmax([]).isEmpty)
  }
}
