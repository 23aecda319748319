import Foundation
import ModelFiles
import Networks
import Tensors
import TestSupport
import Testing

/// A small network of `Golden/operations.json`.
struct OperationCase: Decodable, CustomTestStringConvertible {
  let name: String
  let input: [Int]
  private let layers: [DescribedLayer]
  /// The place in the file, which is the seed of the weights.
  private(set) var number = 0

  enum CodingKeys: String, CodingKey { case name, input, layers }

  var testDescription: String { name }
  var shape: Shape { Shape(input) }
  var network: [Layer] { layers.map(\.layer) }

  /// All of them.
  static let all: [OperationCase] = {
    do {
      let file = golden.appending(path: "operations.json")
      var cases = try JSONDecoder().decode([OperationCase].self, from: Data(contentsOf: file))
      for index in cases.indices { cases[index].number = index }
      return cases
    } catch { fatalError("operations.json: \(error)") }
  }()

  static let golden = Places.repository.appending(path: "Tests/EngineTests/Golden")

  /// What PyTorch computed, by the names of the cases.
  static let results: StateDict = {
    do {
      return try ModelFileReader.read(path: golden.appending(path: "operations.safetensors").path)
        .stateDict
    } catch { fatalError("operations.safetensors: \(error)") }
  }()

  /// The weights and three images.
  func numbers() -> (tensors: StateDict, images: [Float]) {
    var recipe = Recipe(seed: UInt64(number))
    return (recipe.tensors(of: network), recipe.images(3, shape))
  }
}

/// A layer as the script describes it.
struct DescribedLayer: Decodable {
  let name: String
  let kind: String
  let inputs: [String]
  let channels: [Int]?
  let kernel: [Int]?
  let stride: [Int]?
  let padding: [Int]?
  let dilation: [Int]?
  let groups: Int?
  let bias: Bool?
  let prefix: String?
  let range: [Int]?
  let order: [Int]?
  let shape: [Int]?
  let tensor: String?

  var layer: Layer { Layer(name, operation, inputs: inputs) }

  private var operation: Networks.Operation {
    let channels = channels ?? [0, 0]
    let pooling = Pooling(kernel: extent(kernel), stride: extent(stride), padding: border)
    switch kind {
    case "convolution":
      return .convolution(
        Convolution(
          inChannels: channels[0], outChannels: channels[1], kernel: extent(kernel),
          stride: extent(stride), padding: border, dilation: extent(dilation),
          groups: groups ?? 1, bias: bias ?? false))
    case "batchNorm": return .batchNorm(BatchNorm(channels: channels[0]))
    case "linear":
      return .linear(
        Linear(
          inFeatures: channels[0], outFeatures: channels[1], bias: bias ?? true,
          tensorPrefix: prefix))
    case "add": return .add
    case "multiply": return .multiply
    case "concatenate": return .concatenate
    case "narrow": return .narrow(Narrow(start: range?[0] ?? 0, length: range?[1] ?? 0))
    case "channelShuffle": return .channelShuffle(groups: groups ?? 1)
    case "layerNorm": return .layerNorm(LayerNorm(features: channels[0]))
    case "reshape": return .reshape(Shape(shape ?? []))
    case "transpose": return .transpose(order ?? [])
    case "matrixProduct": return .matrixProduct
    case "softmax": return .softmax
    case "attention": return .attention(Attention(heads: groups ?? 1))
    case "layerScale": return .layerScale(learned)
    case "classToken": return .classToken(learned)
    case "positionEmbedding": return .positionEmbedding(learned)
    case "stochasticDepth": return .stochasticDepth(rate: 0.5)
    case "maxPool": return .maxPool(pooling)
    case "averagePool": return .averagePool(pooling)
    case "globalAveragePool": return .globalAveragePool
    case "flatten": return .flatten
    case "dropout": return .dropout(rate: 0.5)
    default:
      guard let function = Activation(rawValue: kind) else { fatalError("no kind \(kind)") }
      return .activation(function)
    }
  }

  private var learned: LearnedTensor {
    LearnedTensor(name: tensor ?? "", shape: Shape(shape ?? []))
  }

  private var border: Padding {
    let sides = padding ?? [0, 0, 0, 0]
    return Padding(top: sides[0], left: sides[1], bottom: sides[2], right: sides[3])
  }

  private func extent(_ sides: [Int]?) -> Extent {
    Extent(height: sides?[0] ?? 1, width: sides?[1] ?? 1)
  }
}
