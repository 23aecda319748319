import Tensors
import Testing
import Training

struct MixupTests {
  @Test(arguments: [0.05, 0.2, 0.4, 1, 4])
  func `shares have the mean and variance of their beta distribution`(alpha: Double) {
    var generator = RandomGenerator(seed: 11)
    let mixup = Mixup(alpha: alpha)
    let shares = (0..<20_000).map { _ in Double(mixup.share(using: &generator)) }
    #expect(shares.allSatisfy { (0...1).contains($0) })
    let mean = shares.reduce(0, +) / 20_000
    let variance = shares.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / 20_000
    // Five standard deviations: at most 0.5 and 0.1 over the root of 20 000.
    #expect(abs(mean - 0.5) < 0.018)
    #expect(abs(variance - 1 / (4 * (2 * alpha + 1))) < 0.0036)
  }

  @Test func `an uneven beta distribution has its mean and variance`() {
    var generator = RandomGenerator(seed: 12)
    let values = (0..<20_000).map { _ in generator.beta(2, 5) }
    let mean = values.reduce(0, +) / 20_000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean - 2.0 / 7) < 0.006)
    #expect(abs(variance - 10.0 / 392) < 0.0015)
    #expect((0..<1000).allSatisfy { _ in (0...1).contains(generator.beta(1e-3, 1e-3)) })
  }

  @Test func `images are mixed with their partner of the reversed batch`() {
    var images: [Float] = [0, 1, 10, 11, 20, 21]
    images.withUnsafeMutableBufferPointer { Mixup.mix($0, count: 3, share: 0.75) }
    #expect(images == [5, 6, 10, 11, 15, 16])
    images.withUnsafeMutableBufferPointer { Mixup.mix($0, count: 3, share: 1) }
    #expect(images == [5, 6, 10, 11, 15, 16])
  }

  @Test func `targets are mixed as the images`() {
    let targets = Mixup.targets(labels: [0, 2, 1, 2], labelCount: 3, share: 0.75)
    #expect(targets == [0.75, 0, 0.25, 0, 0.25, 0.75, 0, 0.75, 0.25, 0.25, 0, 0.75])
    #expect(Mixup.targets(labels: [1, 1], labelCount: 2, share: 0.3) == [0, 1, 0, 1])
    #expect(Mixup.targets(labels: [1, 0], labelCount: 2) == [0, 1, 1, 0])
  }
}
