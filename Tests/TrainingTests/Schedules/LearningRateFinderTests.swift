import Foundation
import Testing

@testable import Training

struct LearningRateFinderTests {
  /// A loss that is flat, falls over three decades of rates and explodes beyond.
  private static func loss(_ rate: Double) -> Double {
    2 - 1.5 / (1 + exp(-2 * (log10(rate) + 3))) + pow(rate * 2, 3)
  }

  @Test func `rates grow evenly in their logarithm, from end to end`() {
    let finder = LearningRateFinder()
    #expect(finder.rate(step: 0) == 1e-7)
    #expect(abs(finder.rate(step: 99) - 10) < 1e-12)
    let ratio = finder.rate(step: 1) / finder.rate(step: 0)
    #expect(abs(finder.rate(step: 51) / finder.rate(step: 50) - ratio) < 1e-9)
  }

  @Test func `the search stops when the loss explodes, and suggests a rate in the descent`() throws
  {
    var asked: [Double] = []
    var finder = LearningRateFinder()
    finder.smoothing = 0.5
    let result = finder.run { rate in
      asked.append(rate)
      return Self.loss(rate)
    }
    #expect(result.curve.map(\.rate) == asked)
    #expect(result.curve.map(\.loss) == asked.map(Self.loss))
    let losses = result.curve.map(\.smoothedLoss)
    let lowest = try #require(losses.dropLast().min())
    let last = try #require(losses.last)
    #expect(result.curve.count < finder.steps)
    #expect(last > 4 * lowest)
    #expect(losses.dropLast().allSatisfy { $0 <= 4 * lowest + 1e-9 })
    let suggestion = try #require(result.suggestion)
    let steepest = try #require(result.steepest)
    let minimum = try #require(result.curve.min { $0.smoothedLoss < $1.smoothedLoss })
    #expect(suggestion > 1e-5 && suggestion < minimum.rate)
    #expect(steepest > 5e-4 && steepest < 5e-3)
  }

  @Test func `the moving mean has no bias at its start`() {
    let result = LearningRateFinder().run { _ in 3 }
    #expect(result.curve.count == 100)
    #expect(result.curve.allSatisfy { abs($0.smoothedLoss - 3) < 1e-12 })
  }

  @Test func `the valley is the longest falling sequence, over bumps`() {
    let losses = [5.0, 5.5, 4.5, 4.75, 4, 3, 3.5, 2, 6, 9]
    let curve = losses.enumerated().map {
      LearningRateFinder.Point(rate: Double($0.offset), loss: $0.element, smoothedLoss: $0.element)
    }
    // 5 or 5.5, 4.5 or 4.75, 4, 3 or 3.5, 2: the middle of five is the third.
    #expect(LearningRateFinder.valley(of: curve) == 4)
    #expect(LearningRateFinder.steepest(of: curve) == 4)
  }

  @Test func `a loss that never falls suggests nothing, and one that is no number ends the search`()
  {
    let rising = LearningRateFinder().run { 1 + $0 }
    #expect(rising.suggestion == nil)
    #expect(rising.steepest == nil)
    let none = LearningRateFinder().run { _ in .nan }
    #expect(none.curve.isEmpty)
    #expect(none.suggestion == nil)
    let early = LearningRateFinder().run { $0 > 1e-3 ? .infinity : 1 - $0 }
    #expect(early.curve.allSatisfy { $0.loss.isFinite })
    #expect(early.suggestion != nil)
  }

  @Test func `an error of a step ends the search`() {
    struct Stopped: Error {}
    #expect(throws: Stopped.self) {
      try LearningRateFinder().run { _ in throw Stopped() }
    }
  }
}
