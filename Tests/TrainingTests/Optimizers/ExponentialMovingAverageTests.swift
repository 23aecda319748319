import Diagnostics
import Networks
import Testing

@testable import Training

struct ExponentialMovingAverageTests {
  private static func update(
    _ average: inout ExponentialMovingAverage, with vectors: [[Float]]
  ) {
    vectors[0].withUnsafeBufferPointer { parameters in
      vectors[1].withUnsafeBufferPointer { buffers in
        average.update(parameters: parameters, buffers: buffers)
      }
    }
  }

  @Test func `parameters and buffers are averaged as in timm`() throws {
    let golden = try OptimizersGolden.read().average
    var average = ExponentialMovingAverage(
      parameters: golden.first[0], buffers: golden.first[1], decay: golden.decay)
    for (vectors, expected) in zip(golden.steps, golden.after) {
      Self.update(&average, with: vectors)
      #expect(largestError(average.parameters, expected[0]) < 1e-6)
      #expect(largestError(average.buffers, expected[1]) < 1e-6)
    }
  }

  @Test func `the decay rises up to its limit`() {
    #expect(ExponentialMovingAverage.decay(0.99, afterUpdates: 0) == 0.1)
    #expect(ExponentialMovingAverage.decay(0.99, afterUpdates: 8) == 0.5)
    #expect(ExponentialMovingAverage.decay(0.99, afterUpdates: 10_000) == 0.99)
  }

  @Test func `a saved average goes on bit for bit, and one of another network is refused`() throws {
    let golden = try OptimizersGolden.read().average
    var whole = ExponentialMovingAverage(
      parameters: golden.first[0], buffers: golden.first[1], decay: golden.decay)
    for vectors in golden.steps.prefix(5) { Self.update(&whole, with: vectors) }
    var restored = ExponentialMovingAverage(
      parameters: golden.first[0], buffers: golden.first[1], decay: golden.decay)
    try restored.restore(from: whole.state())
    for vectors in golden.steps.dropFirst(5) {
      Self.update(&whole, with: vectors)
      Self.update(&restored, with: vectors)
    }
    #expect(restored.parameters == whole.parameters)
    #expect(restored.buffers == whole.buffers)
    #expect(restored.updates == golden.steps.count)

    var other = ExponentialMovingAverage(parameters: [1, 2], buffers: [])
    let error = #expect(throws: RegistryError.self) { try other.restore(from: whole.state()) }
    #expect(error?.code == .mismatchedTrainingState)
    #expect(other.parameters == [1, 2])
  }
}
