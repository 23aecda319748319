import Foundation
import Testing

@testable import Training

struct ReduceOnPlateauTests {
  @Test func `rates are those of PyTorch, over a save and restore after each epoch`() throws {
    for golden in try OptimizersGolden.read().plateaus {
      var plateau = ReduceOnPlateau(
        learningRate: 0.1, factor: golden.factor, patience: golden.patience,
        threshold: golden.threshold, minimum: golden.minimum)
      for (loss, rate) in zip(golden.losses, golden.rates) {
        let before = plateau.learningRate
        let fell = plateau.observe(loss)
        #expect(plateau.learningRate == rate)
        #expect(fell == (plateau.learningRate < before))
        plateau = try JSONDecoder().decode(
          ReduceOnPlateau.self, from: try JSONEncoder().encode(plateau))
      }
    }
  }

  @Test func `a loss that is not a number is no better`() {
    var plateau = ReduceOnPlateau(learningRate: 1, factor: 0.5, patience: 1)
    let fell = [plateau.observe(.nan), plateau.observe(.infinity)]
    #expect(fell == [false, true])
    #expect(plateau.learningRate == 0.5)
    #expect(plateau.best == nil)
  }
}
