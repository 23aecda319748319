import Foundation
import Images
import Tensors
import TestSupport
import Testing
import Training

/// What torchvision made of a picture, by `Golden/make-randaugment.py`.
private struct Operations: Decodable {
  struct Result: Decodable {
    let operation: String
    let isNegative: Bool
    let rgb: [UInt8]
  }

  let width: Int
  let height: Int
  let magnitude: Int
  let fill: [UInt8]
  let rgb: [UInt8]
  let results: [Result]

  static func read() throws -> Operations {
    let file = Places.repository.appending(path: "Tests/TrainingTests/Golden/randaugment.json")
    return try JSONDecoder().decode(Operations.self, from: Data(contentsOf: file))
  }
}

struct RandAugmentTests {
  @Test func `each operation is as strong as torchvision's`() throws {
    let golden = try Operations.read()
    let image = Image(width: golden.width, height: golden.height, pixels: golden.rgb)
    let randAugment = RandAugment(operations: 1, magnitude: golden.magnitude)
    #expect(golden.results.count == 23)
    for expected in golden.results {
      let operation = try #require(
        RandAugment.Operation.allCases.first { "\($0)" == expected.operation })
      let result = randAugment.apply(
        operation, isNegative: expected.isNegative, to: image, fill: golden.fill)
      let differences = zip(result.pixels, expected.rgb).map { abs(Int($0) - Int($1)) }
      // Values may be cut off one lower, and points on the very edge of the picture may fall to
      // either side of it.
      let name = Comment("\(operation) \(expected.isNegative)")
      #expect(differences.count { $0 > 0 } <= differences.count / 30, name)
      #expect(differences.count { $0 > 1 } <= differences.count / 100, name)
    }
  }

  @Test func `each operation takes two random numbers`() {
    let image = Image(width: 1, height: 1, pixels: [10, 20, 30])
    var generator = RandomGenerator(seed: 3)
    let before = generator
    _ = RandAugment(operations: 3, magnitude: 9).applied(
      to: image, fill: [0, 0, 0], using: &generator)
    var expected = before
    for _ in 0..<6 { _ = expected.next() }
    #expect(generator == expected)
  }
}
