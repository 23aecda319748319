import Diagnostics
import Networks
import Tensors
import Testing

struct HeadSpecificationTests {
  let base = Architecture.efficientNetLite0.network(labels: 1000)

  @Test func `a linear head keeps the classifier's name`() throws {
    let network = try HeadSpecification(labels: 2, dropout: 0.2).network(on: base)
    #expect(network.backbone == base.backbone)
    #expect(network.head.map(\.name) == ["_dropout", "_fc"])
    #expect(try network.outputShapes(input: [3, 224, 224])["_fc"] == [2])
    let plain = try HeadSpecification(labels: 2).network(on: base)
    #expect(plain.head.map(\.name) == ["_fc"])
  }

  @Test func `a hidden layer makes a numbered sequence, and a head can be replaced again`() throws {
    let network = try HeadSpecification(labels: 3, hidden: 64, dropout: 0.5).network(on: base)
    #expect(network.head.map(\.name) == ["_fc.0", "_fc.1", "_fc.2", "_fc.3"])
    #expect(
      network.tensors.suffix(4).map(\.name) == [
        "_fc.0.weight", "_fc.0.bias", "_fc.3.weight", "_fc.3.bias",
      ])
    #expect(try network.outputShapes(input: [3, 224, 224])["_fc.3"] == [3])
    #expect(FreezePlan.backboneFrozen(of: network).trainableLayers == ["_fc.0", "_fc.3"])
    let again = try HeadSpecification(labels: 5).network(on: network)
    #expect(again.head.map(\.name) == ["_fc"])
    #expect(try again.outputShapes(input: [3, 224, 224])["_fc"] == [5])
  }

  @Test(arguments: [
    HeadSpecification(labels: 0), HeadSpecification(labels: 2, hidden: 0),
    HeadSpecification(labels: 2, dropout: 1), HeadSpecification(labels: 2, dropout: .nan),
    HeadSpecification(labels: .max),
  ])
  func `impossible heads are refused`(head: HeadSpecification) throws {
    let error = try #require(throws: RegistryError.self) { try head.network(on: base) }
    #expect(error.code == .malformedHead)
  }

  @Test func `first values are seeded, bounded and have zero biases`() throws {
    let network = try HeadSpecification(labels: 3, hidden: 16).network(on: base)
    let first = network.initialHead(seed: 1)
    #expect(first.names == ["_fc.0.weight", "_fc.0.bias", "_fc.3.weight", "_fc.3.bias"])
    for name in first.names {
      #expect(first[name]?.digest() == network.initialHead(seed: 1)[name]?.digest())
    }
    let weights = try #require(first["_fc.3.weight"]).floats()
    #expect(weights.allSatisfy { abs($0) <= 0.25 })
    #expect(weights.contains { abs($0) > 0.125 })
    #expect(first["_fc.0.bias"]?.floats() == [Float](repeating: 0, count: 16))
    #expect(
      first["_fc.0.weight"]?.digest() != network.initialHead(seed: 2)["_fc.0.weight"]?.digest())
  }

  @Test func `extending keeps the old rows and adds new ones`() throws {
    let small = try HeadSpecification(labels: 2).network(on: base)
    let old = small.initialHead(seed: 1)
    let (network, tensors) = try small.extendingHead(by: 3, from: old, seed: 9)
    #expect(try network.outputShapes(input: [3, 224, 224])["_fc"] == [5])
    #expect(tensors.names == ["_fc.weight", "_fc.bias"])
    let weights = try #require(tensors["_fc.weight"])
    #expect(weights.shape == [5, 1280])
    #expect(Array(weights.floats().prefix(2560)) == old["_fc.weight"]?.floats())
    #expect(weights.floats().suffix(3 * 1280).allSatisfy { $0 != 0 && abs($0) < 0.028 })
    #expect(tensors["_fc.bias"]?.floats() == [0, 0, 0, 0, 0])
    #expect(throws: RegistryError.self) {
      try small.extendingHead(by: 1, from: StateDict(), seed: 1)
    }
  }

  @Test func `a classifier that is a convolution is replaced with what follows on it`() throws {
    let base = try Architecture.named("squeezenet1_1").network(labels: 1000)
    let network = try HeadSpecification(labels: 3, dropout: 0.5).network(on: base)
    #expect(network.backbone == base.backbone)
    #expect(
      network.head.map(\.name) == [
        "dropout", "classifier.1", "classifier_relu", "global_pool", "flatten",
      ])
    #expect(network.tensors.suffix(2).map(\.shape) == [[3, 512, 1, 1], [3]])
    #expect(try network.outputShapes(input: [3, 224, 224])["flatten"] == [3])
    #expect(network.labelCount == 3)
    #expect(FreezePlan.backboneFrozen(of: network).trainableLayers == ["classifier.1"])
    let first = network.initialHead(seed: 1)
    #expect(first.names == ["classifier.1.weight", "classifier.1.bias"])
    let weights = try #require(first["classifier.1.weight"]).floats()
    #expect(weights.allSatisfy { abs($0) <= 1 / Float(512).squareRoot() })
    #expect(weights.contains { abs($0) > 0.9 / Float(512).squareRoot() })
    let (larger, tensors) = try network.extendingHead(by: 2, from: first, seed: 2)
    #expect(larger.labelCount == 5)
    #expect(tensors["classifier.1.weight"]?.shape == [5, 512, 1, 1])
    #expect(Array(try #require(tensors["classifier.1.weight"]).floats().prefix(1536)) == weights)
    #expect(try larger.outputShapes(input: [3, 224, 224])["flatten"] == [5])
  }

  @Test func `there is no hidden layer before a convolution that classifies`() throws {
    let base = try Architecture.named("squeezenet1_0").network(labels: 2)
    let error = try #require(throws: RegistryError.self) {
      try HeadSpecification(labels: 2, hidden: 16).network(on: base)
    }
    #expect(error.code == .malformedHead)
  }

  @Test func `a head without a layer that classifies cannot be replaced or extended`() throws {
    let none = base.replacingHead(with: [])
    #expect(none.labelCount == nil)
    #expect(throws: RegistryError.self) { try HeadSpecification(labels: 2).network(on: none) }
    #expect(throws: RegistryError.self) {
      try none.extendingHead(by: 1, from: StateDict(), seed: 1)
    }
  }
}
