import Engine
import Networks
import Tensors
import Testing

@testable import Training

struct ParameterGroupTests {
  private static let network = Network(
    architecture: "test",
    backbone: [
      Layer(
        "conv1", .convolution(Convolution(inChannels: 3, outChannels: 4, kernel: 3)),
        inputs: [Network.inputName]),
      Layer("bn1", .batchNorm(BatchNorm(channels: 4)), inputs: ["conv1"]),
      Layer(
        "pos_embed", .positionEmbedding(LearnedTensor(name: "", shape: [1, 5, 4])),
        inputs: ["bn1"]),
    ], head: [Layer("fc", .linear(Linear(inFeatures: 4, outFeatures: 2)), inputs: ["pos_embed"])])

  private static let slots = [
    ParameterGroup.Slot(name: "conv1.weight", layer: "conv1", shape: [4, 3, 3, 3], range: 0..<108),
    ParameterGroup.Slot(name: "bn1.weight", layer: "bn1", shape: [4], range: 108..<112),
    ParameterGroup.Slot(name: "bn1.bias", layer: "bn1", shape: [4], range: 112..<116),
    ParameterGroup.Slot(name: "pos_embed", layer: "pos_embed", shape: [1, 5, 4], range: 116..<136),
    ParameterGroup.Slot(name: "fc.weight", layer: "fc", shape: [2, 4], range: 136..<144),
    ParameterGroup.Slot(name: "fc.bias", layer: "fc", shape: [2], range: 144..<146),
  ]

  @Test func `norms, biases and position embeddings do not decay`() {
    let groups = ParameterGroup.groups(
      of: Self.slots, plan: .allTrainable(of: Self.network), multipliers: ["conv1": 0.25],
      layersWithoutDecay: ParameterGroup.layersWithoutDecay(of: Self.network))
    #expect(
      groups == [
        ParameterGroup(layer: "conv1", range: 0..<108, learningRateMultiplier: 0.25, decays: true),
        ParameterGroup(layer: "bn1", range: 108..<116, learningRateMultiplier: 1, decays: false),
        ParameterGroup(
          layer: "pos_embed", range: 116..<136, learningRateMultiplier: 1, decays: false),
        ParameterGroup(layer: "fc", range: 136..<144, learningRateMultiplier: 1, decays: true),
        ParameterGroup(layer: "fc", range: 144..<146, learningRateMultiplier: 1, decays: false),
      ])
  }

  @Test func `frozen layers have no group, and the plan's multipliers count`() {
    var plan = FreezePlan.allTrainable(of: Self.network)
    plan.setFrozen(true) { $0 != "fc" && $0 != "conv1" }
    plan.setLearningRateMultiplier(0.5) { $0 == "conv1" }
    let groups = ParameterGroup.groups(of: Self.slots, plan: plan, multipliers: ["conv1": 0.25])
    #expect(groups.map(\.layer) == ["conv1", "fc", "fc"])
    #expect(groups.map(\.learningRateMultiplier) == [0.125, 1, 1])
  }
}
