import Foundation
import Networks
import Tensors
import Testing

struct FreezePlanTests {
  let network = Architecture.resNet18.network(labels: 2)

  @Test func `a frozen backbone is the prefix, and only the head trains`() {
    for architecture in Architecture.all {
      let network = architecture.network(labels: 2)
      let plan = FreezePlan.backboneFrozen(of: network)
      #expect(plan.covers(network))
      #expect(plan.trainableLayers == [architecture.classifier])
      #expect(plan.frozenPrefix(of: network) == network.backbone)
    }
  }

  @Test func `nothing is frozen when everything trains`() {
    let plan = FreezePlan.allTrainable(of: network)
    #expect(plan.frozenLayers.isEmpty)
    #expect(plan.frozenPrefix(of: network).isEmpty)
  }

  @Test func `a prefix never ends inside a block whose shortcut goes around a trained layer`() {
    var plan = FreezePlan.backboneFrozen(of: network)
    plan.setFrozen(false) { $0 == "layer4.1.conv2" }
    #expect(plan.frozenPrefix(of: network).last?.name == "layer4.0.relu_1")
    plan.setFrozen(false) { $0 == "layer4.0.conv1" }
    #expect(plan.frozenPrefix(of: network).last?.name == "layer3.1.relu_1")
  }

  @Test func `a prefix stops before dropout even when all is frozen`() {
    let lite = Architecture.efficientNetLite0.network(labels: 2)
    var plan = FreezePlan.allTrainable(of: lite)
    plan.setFrozen(true) { _ in true }
    #expect(plan.frozenPrefix(of: lite) == lite.backbone)
    var all = FreezePlan.allTrainable(of: network)
    all.setFrozen(true) { _ in true }
    #expect(all.frozenPrefix(of: network) == network.layers)
  }

  @Test func `dropout inside a backbone ends the prefix only right before what trains`()
    throws
  {
    let vgg = try Architecture.named("vgg11").network(labels: 2)
    var plan = FreezePlan.backboneFrozen(of: vgg)
    #expect(plan.frozenPrefix(of: vgg).last?.name == "classifier.4")
    plan.setFrozen(false) { $0 == "classifier.3" }
    #expect(plan.frozenPrefix(of: vgg).last?.name == "classifier.1")
    plan.setFrozen(true) { _ in true }
    #expect(plan.frozenPrefix(of: vgg).last?.name == "classifier.4")
    let efficient = try Architecture.named("efficientnet_b0").network(labels: 2)
    var last = FreezePlan.backboneFrozen(of: efficient)
    last.setFrozen(false) { $0.hasPrefix("features.8") }
    #expect(last.frozenPrefix(of: efficient).last?.name.hasPrefix("features.7.0") == true)
  }

  @Test func `a frozen norm keeps its statistics, and a plan survives JSON`() throws {
    var plan = FreezePlan.backboneFrozen(of: network)
    plan.setLearningRateMultiplier(0.1) { $0.hasPrefix("layer4") }
    #expect(plan.isFrozen("layer1.0.bn1"))
    #expect(plan.isFrozen("layer1.0.relu"))
    #expect(plan["layer4.0.conv1"]?.learningRateMultiplier == 0.1)
    let copy = try JSONDecoder().decode(FreezePlan.self, from: JSONEncoder().encode(plan))
    #expect(copy == plan)
    #expect(copy.hashValue == plan.hashValue)
  }

  @Test func `a prefix's digest changes with a tensor, a number and the order, and else never`() {
    let layers = Array(network.layers.prefix(3))
    var digests: [String: Digest] = [:]
    for tensor in layers.flatMap(\.tensors) where !tensor.isOptional {
      digests[tensor.name] = Digest(of: Array(tensor.name.utf8))
    }
    let digest = Network.prefixDigest(layers: layers, tensors: digests)
    #expect(digest == Network.prefixDigest(layers: layers, tensors: digests))
    var other = digests
    other["bn1.running_var"] = Digest(of: [1])
    #expect(digest != Network.prefixDigest(layers: layers, tensors: other))
    var changed = layers
    changed[1] = Layer("bn1", .batchNorm(BatchNorm(channels: 64, epsilon: 1e-3)), inputs: ["conv1"])
    #expect(digest != Network.prefixDigest(layers: changed, tensors: digests))
    #expect(
      digest != Network.prefixDigest(layers: Array(layers.dropLast()), tensors: digests))
  }
}
