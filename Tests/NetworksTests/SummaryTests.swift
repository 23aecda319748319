import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// What `Golden/make-summaries.py` writes down of a library's network.
struct Summary: CustomTestStringConvertible {
  let name: String
  let parameters: Int
  let multiplyAdds: Int
  let tensors: Int
  let digest: String

  var testDescription: String { name }

  static let all: [Summary] = {
    let file = Places.repository.appending(path: "Tests/NetworksTests/Golden/summaries.txt")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      fatalError("summaries.txt cannot be read")
    }
    return text.split(separator: "\n").map { line in
      let parts = line.split(separator: "\t").map(String.init)
      return Summary(
        name: parts[0], parameters: Int(parts[1]) ?? 0, multiplyAdds: Int(parts[2]) ?? 0,
        tensors: Int(parts[3]) ?? 0, digest: parts[4])
    }
  }()
}

struct SummaryTests {
  @Test(arguments: Summary.all)
  func `tensors, parameters and multiply-adds are those of the library`(theirs: Summary) throws {
    let architecture = try Architecture.named(theirs.name)
    let network = architecture.network(labels: 1000)
    #expect(network.tensors.count == theirs.tensors)
    #expect(network.parameterCount == theirs.parameters)
    #expect(try network.multiplyAdds(input: architecture.inputShape) == theirs.multiplyAdds)
    // make-summaries.py says why tensors without a layer of their own stand last.
    let layers = network.layers
    let tensors = layers.filter { !ownsLearnedTensor($0) } + layers.filter(ownsLearnedTensor)
    var hasher = DigestHasher()
    for tensor in tensors.flatMap(\.tensors) {
      let extents = tensor.shape.extents.map(String.init).joined(separator: ", ")
      hasher.update("\(tensor.name)\t[\(extents)]\n")
    }
    #expect(hasher.finalize().hexadecimal == theirs.digest, "see make-summaries.py \(theirs.name)")
  }

  private func ownsLearnedTensor(_ layer: Layer) -> Bool {
    switch layer.operation {
    case .layerScale, .classToken, .positionEmbedding: true
    default: false
    }
  }

  @Test func `every architecture is summed up, but those of other names for the same tensors`() {
    let summed = Set(Summary.all.map(\.name))
    let others = Architecture.all.map(\.name).filter { !summed.contains($0) }
    #expect(others.allSatisfy { $0.contains("efficientnet_lite") }, "\(others)")
  }

  @Test(arguments: 0...4)
  func `the port and timm have the same shapes in the same order`(number: Int) throws {
    func tensors(_ prefix: String) throws -> [TensorSpecification] {
      try Architecture.named("\(prefix)efficientnet_lite\(number)").network(labels: 5).tensors
    }
    let port = try tensors("")
    let tensorFlow = try tensors("tf_")
    #expect(port.map(\.shape) == tensorFlow.map(\.shape))
    #expect(try tensors("timm_") == tensorFlow)
    #expect(port.map(\.name) != tensorFlow.map(\.name))
  }

  @Test(arguments: Architecture.all.map(\.name))
  func `tensors tell their architecture, or that they fit two`(name: String) throws {
    let architecture = try Architecture.named(name)
    let stateDict = StateDict(
      architecture.network(labels: 3).tensors.filter { !$0.isOptional }.map {
        ($0.name, Tensor(shape: $0.shape) { _ in })
      })
    let isAmbiguous = name.hasPrefix("t") && name.contains("efficientnet")
    guard !isAmbiguous else {
      #expect(throws: (any Error).self) { try Architecture.inferred(from: stateDict) }
      return
    }
    let inferred = try Architecture.inferred(from: stateDict)
    #expect(inferred.name == name)
    #expect(try inferred.network(for: stateDict) == architecture.network(labels: 3))
  }
}
