import Tensors
import Testing

@testable import Training

struct HeadGradientTests {
  @Test(arguments: [nil, 6] as [Int?], [Float(0), 0.1])
  func `gradients agree with finite differences`(hidden: Int?, smoothing: Float) throws {
    let problem = HeadCase(features: 5, labels: 4, rows: 9, hidden: hidden, dropout: 0.4)
    let plan = try HeadPlan(head: problem.head)
    let passes = HeadPasses(
      plan: plan,
      loss: .softmax(
        SoftmaxCrossEntropy(classWeights: [0.5, 2, 1, 0.25], labelSmoothing: smoothing)),
      blockRows: 4)
    let parameters = FloatBuffer(try plan.parameters.values(of: problem.initial))
    let gradient = FloatBuffer(count: parameters.count)
    let scaling = FeatureScaling(fitting: problem.training, centers: true)
    let order = Array(0..<problem.training.count)
    func objective(_ target: FloatBuffer) throws -> Double {
      // The same draws of dropout each time.
      var generator: RandomGenerator? = RandomGenerator(seed: 3)
      target.clear()
      let sums = try passes.addGradient(
        of: problem.training, order: order[...], scaling: scaling, parameters: parameters.base,
        generator: &generator, to: target.base, isCancelled: { false })
      return sums.objective / sums.weight
    }
    _ = try objective(gradient)
    let spare = FloatBuffer(count: parameters.count)
    for index in 0..<parameters.count {
      let value = parameters.base[index]
      let step: Float = 1e-2
      parameters.base[index] = value + step
      let above = try objective(spare)
      parameters.base[index] = value - step
      let below = try objective(spare)
      parameters.base[index] = value
      let numeric = (above - below) / Double(2 * step)
      #expect(abs(numeric - Double(gradient.base[index])) < 2e-3 * max(1, abs(numeric)))
    }
  }

  @Test func `blocks add up to the whole`() throws {
    let problem = HeadCase(rows: 50)
    let plan = try HeadPlan(head: problem.head)
    let parameters = try plan.parameters.values(of: problem.initial)
    let order = Array(0..<problem.training.count)
    let gradients = try [7, 64].map { rows in
      let passes = HeadPasses(
        plan: plan,
        loss: .softmax(SoftmaxCrossEntropy(classWeights: [1, 1, 1], labelSmoothing: 0)),
        blockRows: rows)
      let gradient = FloatBuffer(count: parameters.count)
      var generator: RandomGenerator?
      _ = try passes.addGradient(
        of: problem.training, order: order[...], scaling: FeatureScaling(featureCount: 12),
        parameters: parameters, generator: &generator, to: gradient.base,
        isCancelled: { false })
      return gradient.values
    }
    #expect(largestError(gradients[0], gradients[1].map { Double($0) }) < 1e-5)
  }
}
