import Diagnostics
import Networks
import Testing

@testable import Engine

struct AvailableMemoryTests {
  @Test func `the system tells how much memory is left`() throws {
    let bytes = try #require(AvailableMemory.byteCount())
    #expect(bytes > 1 << 20)
  }

  @Test func `a step that fits is let through, and so is one when nothing is known`() throws {
    try AvailableMemory.check(images: 8, arena: 80, fixed: 20, available: 100)
    try AvailableMemory.check(images: 8, arena: 800, fixed: 20, available: nil)
  }

  @Test func `a step that is too large says how many images would fit`() {
    let error = #expect(throws: RegistryError.self) {
      try AvailableMemory.check(
        images: 80, arena: 8_000_000_000, fixed: 500_000_000, available: 2_500_000_000)
    }
    #expect(error?.code == .batchTooLarge)
    #expect(
      error?.message == "A training step on 80 images at once needs about 8500 MB of memory; "
        + "2500 MB are available.")
    #expect(error?.remedy?.hasPrefix("Use --batch-size 20 or less;") == true)
  }

  @Test func `where not even one image fits, a smaller batch is not proposed`() {
    let error = #expect(throws: RegistryError.self) {
      try AvailableMemory.check(images: 2, arena: 200, fixed: 500, available: 400)
    }
    #expect(error?.remedy?.contains("--batch-size") == false)
  }

  @Test func `a network's step is measured without taking its memory`() throws {
    let shape = Architecture.resNet18.inputShape
    let network = Architecture.resNet18.network(labels: 10)
    func check(images: Int, available: Int) throws {
      try TrainingNetwork.checkMemory(
        layers: network.layers, input: shape, trainable: Set(network.layers.map(\.name)),
        maximumBatchSize: images, threads: 1, otherBytes: 0, available: available)
    }
    // A ResNet-18 keeps about 20 MB of activations for an image of 224 pixels.
    try check(images: 16, available: 1 << 30)
    // Terabytes would be taken otherwise.
    #expect(throws: RegistryError.self) { try check(images: 20_000, available: 8 << 30) }
  }
}
