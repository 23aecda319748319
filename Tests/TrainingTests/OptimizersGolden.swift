import Foundation
import TestSupport

/// What `Golden/make-optimizers.py` computed with PyTorch and timm.
struct OptimizersGolden: Decodable {
  struct Optimizer: Decodable {
    var name: String
    var rate: Double
    var decay: Double
    var momentum: Double?
    var nesterov: Bool?
    /// Whether rate and momentum go through one cycle.
    var cycles: Bool?
    /// The norm of the gradient before each step.
    var norms: [Double]
    /// The parameters after the steps ``OptimizersGolden/shown``.
    var after: [[Double]]
  }
  struct Curve: Decodable {
    var argument: String
    var total: Int
    var stepsPerEpoch: Int
    var base: Double
    var rates: [Double]
    var momenta: [Double]?
  }
  struct Plateau: Decodable {
    var factor: Double
    var patience: Int
    var threshold: Double
    var minimum: Double
    var losses: [Double]
    var rates: [Double]
  }
  struct Average: Decodable {
    var decay: Double
    /// Parameters and buffers.
    var first: [[Float]]
    var steps: [[[Float]]]
    var after: [[[Double]]]
  }
  struct LayerDecay: Decodable {
    var name: String
    var layers: [String]
    /// For each layer how many groups lie above its own.
    var depths: [Int]
  }
  var first: [Float]
  var gradients: [[Float]]
  var sizes: [Int]
  var multipliers: [Float]
  var decays: [Bool]
  /// How many steps the last group is frozen for.
  var frozen: Int
  /// The largest norm of a gradient.
  var limit: Double
  var shown: [Int]
  var optimizers: [Optimizer]
  var curves: [Curve]
  var plateaus: [Plateau]
  var average: Average
  var layerDecay: [LayerDecay]

  static func read() throws -> OptimizersGolden {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      OptimizersGolden.self,
      from: Data(
        contentsOf: Places.repository.appending(
          path: "Tests/TrainingTests/Golden/optimizers.json")))
  }
}
