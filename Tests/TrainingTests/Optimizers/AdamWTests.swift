import Testing

@testable import Training

struct AdamWTests {
  @Test func `steps are those of PyTorch, and biases do not decay`() throws {
    let golden = try Golden.read().adamw
    let adamw = AdamW(
      count: 6, decaying: [0..<4], settings: AdamW.Settings(weightDecay: golden.decay))
    let parameters = FloatBuffer(golden.first)
    for (gradient, expected) in zip(golden.gradients, golden.after) {
      adamw.step(parameters.base, gradient: gradient, rate: golden.rate)
      #expect(largestError(parameters.values, expected) < 2e-6)
    }
  }
}
