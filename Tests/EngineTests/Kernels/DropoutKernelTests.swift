import Testing

@testable import Engine

struct DropoutKernelTests {
  @Test(arguments: [Float(0), 0.1, 0.5, 0.9])
  func `dropout zeroes as many as its rate says, and keeps the mean`(rate: Float) {
    let count = 100_001
    let x = [Float](repeating: 1, count: count)
    var y = [Float](repeating: .nan, count: count)
    let key = DropoutKernel.key(seed: 3, layer: 1, image: 0)
    DropoutKernel.forward(x, count: count, rate: rate, key: key, into: &y)
    let zeros = y.count { $0 == 0 }
    #expect(abs(Float(zeros) / Float(count) - rate) < 0.01)
    #expect(y.allSatisfy { $0 == 0 || $0 == 1 / (1 - rate) })
    // Neighbours are independent.
    let pairs = zip(y, y.dropFirst()).count { $0 == 0 && $1 == 0 }
    #expect(abs(Float(pairs) / Float(count) - rate * rate) < 0.01)
  }

  @Test func `a mask depends on the key alone`() {
    let x = [Float](repeating: 1, count: 1000)
    func mask(_ key: UInt64) -> [Float] {
      var y = x
      DropoutKernel.forward(y, count: 1000, rate: 0.5, key: key, into: &y)
      return y
    }
    let key = DropoutKernel.key(seed: 3, layer: 1, image: 0)
    #expect(mask(key) == mask(key))
    let others = [
      DropoutKernel.key(seed: 4, layer: 1, image: 0),
      DropoutKernel.key(seed: 3, layer: 2, image: 0),
      DropoutKernel.key(seed: 3, layer: 0, image: 1),
      DropoutKernel.key(seed: 3, layer: 1, image: 1),
    ]
    #expect(Set(others + [key]).count == 5)
    for other in others {
      let agreeing = zip(mask(key), mask(other)).count { $0 == $1 }
      #expect(abs(agreeing - 500) < 80)
    }
  }

  @Test func `stochastic depth drops as many images as its rate says`() {
    let factors = (0..<10_000).map {
      DropoutKernel.imageFactor(
        rate: 0.2, key: DropoutKernel.key(seed: 9, layer: 4, image: $0))
    }
    #expect(abs(factors.count { $0 == 0 } - 2000) < 150)
    #expect(factors.allSatisfy { $0 == 0 || $0 == 1.25 })
  }
}
