import Networks
import Tensors
import Testing

@testable import Training

struct LBFGSTests {
  @Test func `the optimum of a penalized logistic regression is SciPy's`() throws {
    let golden = try Golden.read().logistic
    var problem = HeadCase(features: 5, labels: 3)
    problem.training = LabelledFeatures(
      featureCount: 5, features: golden.features, labels: golden.labels)
    let result = try problem.run(
      HeadFitOptions(optimizer: .lbfgs, weightDecay: golden.strength), validates: false)
    let weight = try #require(result.tensors["fc.weight"]).floats()
    #expect(largestError(weight, golden.weight) < 2e-3)
    let logits = try HeadNetwork(head: problem.head, tensors: result.tensors)
      .logits(golden.features, count: golden.labels.count)
    for row in golden.labels.indices {
      let expected = softmax(golden.logits[row * 3..<row * 3 + 3].map { Float($0) }[...])
      let found = softmax(logits[row * 3..<row * 3 + 3])
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 2e-3 })
    }
    #expect(result.stop == .finished)
  }

  /// Rosenbrock's valley, whose minimum is at (1, 1).
  private static func valley(
    _ x: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    let (a, b) = (Double(x[0]), Double(x[1]))
    gradient[0] = Float(-2 * (1 - a) - 400 * a * (b - a * a))
    gradient[1] = Float(200 * (b - a * a))
    return (1 - a) * (1 - a) + 100 * (b - a * a) * (b - a * a)
  }

  @Test func `a curved valley is followed to its minimum`() {
    let lbfgs = LBFGS(parameters: FloatBuffer([-1.2, 1]))
    lbfgs.begin(Self.valley)
    var steps = 0
    var last = lbfgs.value
    while steps < 100 {
      let outcome = lbfgs.step(Self.valley)
      #expect(lbfgs.value <= last)
      last = lbfgs.value
      if outcome.hasConverged { break }
      steps += 1
    }
    #expect(steps < 60)
    #expect(abs(lbfgs.parameters.base[0] - 1) < 1e-2)
    #expect(abs(lbfgs.parameters.base[1] - 1) < 2e-2)
  }

  @Test func `an accepted step meets both Wolfe conditions`() {
    // A quartic whose first step of 1 is far too long, and one whose first step is too short.
    for (scale, first) in [(1.0, 40.0), (1.0, 1e-4), (1e4, 1.0), (1e-4, 1.0)] {
      func point(_ t: Double) -> WolfeLineSearch.Point {
        let x = t - 2
        return WolfeLineSearch.Point(
          step: t, value: scale * (x * x * x * x + x * x), slope: scale * (4 * x * x * x + 2 * x))
      }
      let start = point(0)
      var last = 0.0
      let found = WolfeLineSearch().search(from: start, first: first) {
        last = $0
        return point($0)
      }
      #expect(found != nil)
      guard let found else { continue }
      #expect(found.step == last)
      #expect(found.value <= start.value + 1e-4 * found.step * start.slope)
      #expect(abs(found.slope) <= 0.9 * abs(start.slope))
    }
  }

  @Test func `a step into values that are not finite is shortened`() {
    let start = WolfeLineSearch.Point(step: 0, value: 1, slope: -2)
    let found = WolfeLineSearch().search(from: start, first: 10) { t in
      t > 2
        ? WolfeLineSearch.Point(step: t, value: .nan, slope: .nan)
        : WolfeLineSearch.Point(step: t, value: (1 - t) * (1 - t), slope: -2 * (1 - t))
    }
    #expect(found.map { $0.step <= 2 && $0.value < 1 } ?? false)
  }

  @Test func `a slope that is only noise ends the search`() {
    let start = WolfeLineSearch.Point(step: 0, value: 1, slope: -1e-9)
    let found = WolfeLineSearch().search(from: start, first: 1) {
      WolfeLineSearch.Point(step: $0, value: 1.000_000_1, slope: -1e-9)
    }
    #expect(found == nil)
  }
}
