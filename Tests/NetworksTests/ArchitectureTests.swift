import Diagnostics
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// Names and shapes as another library lists them; see `Golden/make-state-dicts.py`.
func golden(_ name: String) throws -> [(name: String, shape: [Int])] {
  let file = Places.repository.appending(path: "Tests/NetworksTests/Golden/\(name).txt")
  return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
    let parts = line.split(separator: "\t")
    let extents = parts[1].dropFirst().dropLast().split(separator: ",")
    return (
      String(parts[0]),
      try extents.map { try #require(Int($0.trimmingCharacters(in: .whitespaces))) }
    )
  }
}

/// A state dict of zeros with those names and shapes.
func zeros(_ name: String) throws -> StateDict {
  StateDict(
    try golden(name).map { name, shape in
      if name.hasSuffix("num_batches_tracked") {
        (
          name,
          Tensor(shape: [], scalarType: .int64, storage: ByteStorage(count: 8) { _ in })
        )
      } else {
        (name, Tensor(shape: Shape(shape)) { _ in })
      }
    })
}

struct ArchitectureTests {
  @Test(arguments: ["resnet18", "efficientnet_lite0", "tf_efficientnet_lite0"])
  func `names, order and shapes are those of the library`(name: String) throws {
    let network = try Architecture.named(name).network(labels: 1000)
    let theirs = try golden(name)
    #expect(network.tensors.map(\.name) == theirs.map(\.name))
    #expect(network.tensors.map(\.shape.extents) == theirs.map(\.shape))
  }

  @Test func `parameters and multiply-adds are those that PyTorch counts`() throws {
    let costs = try String(
      contentsOf: Places.repository.appending(path: "Tests/NetworksTests/Golden/costs.txt"),
      encoding: .utf8)
    for line in costs.split(separator: "\n") {
      let parts = line.split(separator: "\t")
      let architecture = try Architecture.named(String(parts[0]))
      let network = architecture.network(labels: 1000)
      #expect(network.parameterCount == Int(parts[1]))
      #expect(try network.multiplyAdds(input: architecture.inputShape) == Int(parts[2]))
    }
  }

  @Test(arguments: Architecture.all.map(\.name))
  func `every architecture is a valid graph from pictures to labels`(name: String) throws {
    let architecture = try Architecture.named(name)
    let network = architecture.network(labels: 7)
    let shapes = try network.outputShapes(input: architecture.inputShape)
    #expect(shapes.count == network.layers.count)
    #expect(network.layers.last.flatMap { shapes[$0.name] } == [7])
    #expect(
      shapes[network.featureLayer]?.rank == (architecture.classifierKind == .linear ? 1 : 3))
    #expect(network.head.last { !$0.tensors.isEmpty }?.name == architecture.classifier)
    #expect(network.labelCount == 7)
    #expect(try JSONDecoder().decode(Network.self, from: JSONEncoder().encode(network)) == network)
  }

  @Test func `layers without weights are named as torch.fx names them`() {
    let names = Architecture.resNet18.network(labels: 2).layers.map(\.name)
    #expect(
      names.prefix(11).suffix(8) == [
        "maxpool", "layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu", "layer1.0.conv2",
        "layer1.0.bn2", "layer1.0.add", "layer1.0.relu_1",
      ])
    #expect(names.suffix(3) == ["avgpool", "flatten", "fc"])
    let lite = Architecture.efficientNetLite0.network(labels: 2).layers.map(\.name)
    #expect(lite.contains("_blocks.2._relu6_1"))
    #expect(lite.contains("_blocks.2.add"))
    #expect(!lite.contains("_blocks.1.add"))
  }

  @Test func `TensorFlow pads an even picture below and to the right, timm on all sides`() throws {
    func stem(_ architecture: Architecture) throws -> Convolution {
      guard case .convolution(let stem) = architecture.network(labels: 2).layers[0].operation else {
        throw RegistryError(.malformedNetwork, "no stem")
      }
      return stem
    }
    let odd = Padding(top: 0, left: 0, bottom: 1, right: 1)
    #expect(try stem(.efficientNetLite0).padding == odd)
    #expect(try stem(.tfEfficientNetLite0).padding == odd)
    #expect(try stem(.timmEfficientNetLite0).padding == Padding(1))
  }

  @Test(arguments: ["efficientnet-lite0", "EfficientNet_Lite0", "EFFICIENTNET-LITE0"])
  func `a name may be written with hyphens and in any case`(name: String) throws {
    #expect(try Architecture.named(name).name == "efficientnet_lite0")
  }

  @Test func `an unknown name is answered with the nearest and with all`() throws {
    let error = try #require(throws: RegistryError.self) { try Architecture.named("resnet81") }
    #expect(error.code == .unknownArchitecture)
    #expect(
      error.remedy
        == "Did you mean resnet18? Known architectures: \(Architecture.knownNames).")
    #expect(Architecture.knownNames.hasPrefix("resnet18, resnet34, "))
  }
}

struct ArchitectureInferenceTests {
  @Test(arguments: ["resnet18", "efficientnet_lite0"])
  func `tensors tell their architecture`(name: String) throws {
    #expect(try Architecture.inferred(from: zeros(name)).name == name)
  }

  @Test func `the number of labels comes from the file`() throws {
    var stateDict = try zeros("resnet18")
    stateDict["fc.weight"] = Tensor(shape: [5, 512]) { _ in }
    stateDict["fc.bias"] = Tensor(shape: [5]) { _ in }
    let architecture = try Architecture.inferred(from: stateDict)
    let network = try architecture.network(for: stateDict)
    #expect(try network.load(stateDict).count == 122)
    #expect(network.layers.last?.operation == .linear(Linear(inFeatures: 512, outFeatures: 5)))
  }

  @Test func `timm's names fit two networks that compute differently, so nothing is guessed`()
    throws
  {
    let stateDict = try zeros("tf_efficientnet_lite0")
    let error = try #require(throws: RegistryError.self) {
      try Architecture.inferred(from: stateDict)
    }
    #expect(error.code == .undeterminedArchitecture)
    #expect(
      error.remedy
        == "Pass --architecture with one of: tf_efficientnet_lite0, timm_efficientnet_lite0.")
  }

  @Test func `efficientnet_lite0 means timm's for timm's names and the port's for the port's`()
    throws
  {
    let timm = try zeros("tf_efficientnet_lite0")
    #expect(
      try Architecture.named("efficientnet-lite0", for: timm).name == "timm_efficientnet_lite0")
    #expect(
      try Architecture.named("tf-efficientnet-lite0", for: timm).name == "tf_efficientnet_lite0")
    let port = try zeros("efficientnet_lite0")
    #expect(try Architecture.named("efficientnet-lite0", for: port).name == "efficientnet_lite0")
  }

  @Test(arguments: ["efficientnet_b0", "convnext_tiny"])
  func `a name that torchvision and timm share means what the tensors are named for`(name: String)
    throws
  {
    for architecture in try [Architecture.named(name), Architecture.named("timm_\(name)")] {
      let stateDict = StateDict(
        architecture.network(labels: 2).tensors.map { specification in
          (
            specification.name,
            Tensor(
              shape: specification.shape, scalarType: specification.scalarType,
              storage: ByteStorage(
                count: specification.shape.elementCount * specification.scalarType.byteCount
              ) { _ in })
          )
        })
      #expect(try Architecture.named(name, for: stateDict).name == architecture.name)
    }
  }

  @Test func `a classifier that is a convolution has the labels of the file, and no hidden layer`()
    throws
  {
    let network = try Architecture.named("squeezenet1_0").network(labels: 4)
    var stateDict = network.initialTensors(seed: 1)
    #expect(try Architecture.inferred(from: stateDict).network(for: stateDict) == network)
    stateDict["classifier.1.weight"] = Tensor(shape: [4, 512]) { _ in }
    let error = try #require(throws: RegistryError.self) {
      try Architecture.named("squeezenet1_0").network(for: stateDict)
    }
    #expect(error.code == .wrongArchitecture)
  }

  @Test func `a larger network that has all of a smaller one's tensors is not the smaller one`()
    throws
  {
    var stateDict = try zeros("resnet18")
    stateDict["layer1.2.conv1.weight"] = Tensor(shape: [64, 64, 3, 3]) { _ in }
    let error = try #require(throws: RegistryError.self) {
      try Architecture.inferred(from: stateDict)
    }
    #expect(error.code == .undeterminedArchitecture)
  }

  @Test func `no tensors at all fit nothing`() {
    #expect(throws: RegistryError.self) { try Architecture.inferred(from: StateDict()) }
  }
}
