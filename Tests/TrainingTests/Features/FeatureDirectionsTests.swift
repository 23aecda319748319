import Tensors
import Testing
import Training

struct FeatureDirectionsTests {
  private static let featureCount = 37

  /// Random features all of whose numbers are positive, and after them a noisy copy of each.
  private static func features(_ count: Int) -> [Float] {
    var generator = RandomGenerator(seed: 1)
    let originals = (0..<count * featureCount).map { _ in abs(generator.normal()) + 5 }
    return originals + originals.map { $0 + 0.05 * generator.normal() }
  }

  @Test func `cosines are those of the centred features`() {
    let values = Self.features(20)
    let directions = FeatureDirections(of: values, featureCount: Self.featureCount)
    #expect(directions.count == 40)
    func centred(_ row: Int) -> [Double] {
      (0..<Self.featureCount).map { column in
        let mean =
          (0..<40).reduce(0.0) { $0 + Double(values[$1 * Self.featureCount + column]) } / 40
        return Double(values[row * Self.featureCount + column]) - mean
      }
    }
    for (first, second) in [(0, 20), (3, 5), (7, 7), (39, 0)] {
      let (one, other) = (centred(first), centred(second))
      func product(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let expected =
        product(one, other) / (product(one, one) * product(other, other)).squareRoot()
      #expect(abs(directions.cosine(first, second) - expected) < 1e-5)
    }
  }

  @Test func `signatures of copies differ in few bits, those of others in many`() {
    let directions = FeatureDirections(
      of: Self.features(50), featureCount: Self.featureCount)
    let signatures = directions.signatures(stream: 0)
    #expect(signatures == directions.signatures(stream: 0))
    #expect(signatures != directions.signatures(stream: 1))
    var others = 0
    for row in 0..<50 {
      #expect((signatures[row] ^ signatures[row + 50]).nonzeroBitCount <= 10)
      others += (signatures[row] ^ signatures[(row + 1) % 50]).nonzeroBitCount
    }
    #expect(abs(Double(others) / 50 - 32) < 4)
  }

  @Test func `features that are all the same have no direction`() {
    let directions = FeatureDirections(of: [1, 2, 1, 2, 1, 2], featureCount: 2)
    #expect(directions.cosine(0, 1) == 0)
  }
}
