import Foundation
import Testing

@testable import Training

struct LayerDecayTests {
  @Test func `multipliers are those of timm's groups`() throws {
    for golden in try OptimizersGolden.read().layerDecay {
      let depths = Dictionary(uniqueKeysWithValues: zip(golden.layers, golden.depths))
      let decay = LayerDecay(
        layers: golden.layers, head: Set(golden.layers.filter { depths[$0] == 0 }))
      #expect(decay.blocks.last?.name == "head")
      let multipliers = decay.multipliers(decay: 0.75)
      #expect(multipliers.count == golden.layers.count)
      for layer in golden.layers {
        let depth = try #require(depths[layer])
        let found = try #require(multipliers[layer])
        #expect(abs(Double(found) - pow(0.75, Double(depth))) < 1e-6, "\(golden.name) \(layer)")
      }
    }
  }

  @Test(arguments: [
    ("layer1.0.downsample.0", "layer1.0"), ("features.3.conv.0.0", "features.3"),
    ("_blocks.5._bn0", "_blocks.5"), ("blocks.2.1.conv_pw", "blocks.2.1"),
    ("stages.0.blocks.1.mlp.fc1", "stages.0.blocks.1"), ("features.0.1", "features.0"),
    ("features.1.0.block.0", "features.1.0"), ("features.7", "features.7"),
    ("encoder.layers.encoder_layer_3.mlp.0", "encoder.layers.encoder_layer_3"),
    ("features.denseblock1.denselayer2.norm1", "features.denseblock1.denselayer2"),
    ("trunk_output.block1.block1-0.f.a.0", "trunk_output.block1.block1-0"),
    ("layers.8.0.layers.3", "layers.8.0"), ("stage2.0.branch1.0", "stage2.0"),
    ("inception3a.branch1.conv", "inception3a"), ("conv1", nil), ("conv5.0", nil),
    ("features.norm5", nil),
    ("features.transition1.conv", nil), ("encoder.ln", nil), ("patch_embed.proj", nil),
    ("classifier.1", nil),
  ])
  func `a layer's name tells its block`(name: String, block: String?) {
    #expect(LayerDecay.block(of: name) == block)
  }

  @Test func `a scale belongs to its block, a downsampling to the stage's first block`() {
    let decay = LayerDecay(
      layers: [
        "features.0.0", "features.1.0.block.0", "features.1.0", "features.2.1", "stem.0",
        "stages.1.downsample.0", "stages.1.blocks.0.conv", "stages.1.blocks.1.conv", "norm", "fc",
      ], head: ["fc"])
    #expect(
      decay.blocks.map(\.layers) == [
        ["features.0.0"], ["features.1.0.block.0", "features.1.0"], ["features.2.1", "stem.0"],
        ["stages.1.downsample.0", "stages.1.blocks.0.conv"], ["stages.1.blocks.1.conv", "norm"],
        ["fc"],
      ])
  }
}
