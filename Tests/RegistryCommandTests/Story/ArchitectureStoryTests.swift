import Foundation
import TestSupport
import Testing

/// From random weights to an exported file, for networks of other kinds than the pretrained one.
struct ArchitectureStoryTests {
  /// A small network and how to release its last block.
  struct Case: CustomTestStringConvertible, Sendable {
    let architecture: String
    let lastBlock: String
    /// How many layers train when the block does, the head included.
    let trainableLayers: Int
    var testDescription: String { architecture }
  }

  @Test(arguments: [
    Case(architecture: "squeezenet1_1", lastBlock: "features.12.*", trainableLayers: 4),
    Case(architecture: "vit_tiny_patch16_224", lastBlock: "blocks.11.*", trainableLayers: 7),
    Case(architecture: "shufflenet_v2_x0_5", lastBlock: "conv5.*", trainableLayers: 3),
  ])
  func `a network is trained from nothing, derived from, fine-tuned, exported and read back`(
    example: Case
  ) throws {
    try withRegistryProcess { registry in
      try registry.succeed("init")
      try importPhotos(into: registry)
      let scratch = try registry.succeed(
        "train", "--architecture", example.architecture, "--name", "scratch", "--dataset", "few",
        "--epochs", "1", "--batch-size", "4", "--learning-rate", "0.0003")
      #expect(scratch[count: "version"] == 1 && scratch[count: "frozen_layers"] == 0)

      let child = try registry.succeed(
        "derive", "--from", "scratch", "--head", "few", "--name", "child", "--train", "--epochs",
        "2")
      #expect(child[count: "trainable_layers"] == 1)
      try expectSame(registry, "scratch", "child", except: 1)

      let tuned = try registry.succeed(
        "train", "child", "--unfreeze", example.lastBlock, "--epochs", "1", "--batch-size", "4")
      #expect(tuned[count: "version"] == 2)
      #expect(tuned[count: "trainable_layers"] == example.trainableLayers)
      try expectSame(registry, "child@1", "child@2", except: example.trainableLayers)

      let evaluation = try registry.succeed("evaluate", "child", "--split", "all")
      #expect((0...1).contains(evaluation[number: "accuracy"] ?? -1))
      #expect(evaluation[number: "loss"]?.isFinite == true)
      let photo = Story.photos.appending(path: "wolfdog/dog/dog-001.png").path
      let prediction = try #require(
        try registry.succeed("predict", "child", photo)[list: "predictions"].first)
      let probabilities = prediction[list: "labels"].compactMap { $0[number: "probability"] }
      #expect(probabilities.count == 2)
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
      #expect(probabilities.first != 0.5, "the network is alive")

      try registry.succeed("export", "child", "--output", "child.safetensors")
      let back = try registry.succeed("import-model", "child.safetensors", "--name", "back")
      #expect(back[text: "architecture"] == example.architecture)
      #expect(back[count: "bytes_added"] == 0)
      try expectSame(registry, "child", "back", except: 0)
      try registry.succeed("verify")
    }
  }

  /// Makes a dataset of a few of the drawn pictures, which is enough to train on in a second.
  private func importPhotos(into registry: RegistryProcess) throws {
    for label in ["dog", "wolf"] {
      let source = Story.photos.appending(path: "wolfdog/\(label)")
      let names = try FileManager.default.contentsOfDirectory(atPath: source.path).sorted()
      for (split, range) in [("train", 0..<4), ("val", 4..<5), ("test", 5..<6)] {
        let folder = registry.folder.appending(path: "photos/\(split)/\(label)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in names[range] {
          try FileManager.default.copyItem(
            at: source.appending(path: name), to: folder.appending(path: name))
        }
      }
    }
    let answer = try registry.succeed("import-images", "photos", "--dataset", "few")
    #expect(answer["splits"] as? [String: Int] == ["train": 8, "validation": 2, "test": 2])
  }

  /// Checks that all layers of two models have the same tensors, but so many.
  private func expectSame(
    _ registry: RegistryProcess, _ first: String, _ second: String, except changes: Int,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let layers = try registry.succeed("diff", first, second)[list: "layers"]
    #expect(!layers.isEmpty, sourceLocation: sourceLocation)
    let changed = layers.filter { $0[text: "status"] != "same" }.compactMap { $0[text: "name"] }
    #expect(changed.count == changes, "\(changed)", sourceLocation: sourceLocation)
  }
}
