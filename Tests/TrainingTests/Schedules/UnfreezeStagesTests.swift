import Diagnostics
import Networks
import Testing

@testable import Training

struct UnfreezeStagesTests {
  private static let layers = [
    "conv1", "layer3.0.conv1", "layer3.1.conv1", "layer4.0.conv1", "layer4.1.conv1", "fc",
  ]

  private static func stages(
    _ arguments: [String], epochs: Int = 10
  ) throws(RegistryError) -> UnfreezeStages {
    let chain = layers.map { name in
      Layer(name, .linear(Linear(inFeatures: 2, outFeatures: 2)), inputs: [Network.inputName])
    }
    return try UnfreezeStages(
      arguments: arguments,
      network: Network(architecture: "test", backbone: chain.dropLast(), head: chain.suffix(1)),
      subject: "test@1", epochs: epochs)
  }

  @Test func `layers begin to train after their epochs`() throws {
    let stages = try Self.stages(["layer3.*@5", "layer4.*@2", "fc"])
    #expect(stages.stages.map(\.epoch) == [0, 2, 5])
    #expect(stages.stages[1].layers == ["layer4.0.conv1", "layer4.1.conv1"])
    #expect(stages.layers == Set(Self.layers.dropFirst()))
    #expect(stages.frozenLayers(inEpoch: 0) == Set(Self.layers[1...4]))
    #expect(stages.frozenLayers(inEpoch: 1) == Set(Self.layers[1...4]))
    #expect(stages.frozenLayers(inEpoch: 2) == ["layer3.0.conv1", "layer3.1.conv1"])
    #expect(stages.frozenLayers(inEpoch: 5).isEmpty)
  }

  @Test func `the earliest of several globs counts`() throws {
    let stages = try Self.stages(["layer*@4", "layer4.*@2", "layer4.1*@3"])
    #expect(stages.stages.map(\.epoch) == [2, 4])
    #expect(stages.stages[0].layers == ["layer4.0.conv1", "layer4.1.conv1"])
    #expect(stages.stages[1].layers == ["layer3.0.conv1", "layer3.1.conv1"])
    #expect(try Self.stages([]).stages.isEmpty)
  }

  @Test(arguments: ["", "@2", "fc@", "fc@x", "fc@-1", "fc@1.5", "fc@10"])
  func `malformed arguments are refused`(argument: String) throws {
    let error = #expect(throws: RegistryError.self) { try Self.stages([argument]) }
    #expect(error?.code == .malformedUnfreezing)
  }

  @Test func `a glob that fits no layer is refused, with the nearest names`() throws {
    let error = #expect(throws: RegistryError.self) { try Self.stages(["fc", "conv2@1"]) }
    #expect(error?.code == .unknownLayer)
    #expect(error?.remedy?.hasPrefix("The nearest are conv1,") == true)
  }
}
