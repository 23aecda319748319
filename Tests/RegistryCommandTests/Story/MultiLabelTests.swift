import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct MultiLabelTests {
  /// A list of the drawn pictures: each has the label of its folder; those of PNG files have another
  /// beside it, and the foxes have none.
  private func importTags(_ registry: RegistryProcess, count: Int = 40) throws {
    var lines: [String] = []
    for (folder, label) in [
      ("wolfdog/dog/dog", "dog"), ("wolfdog/wolf/wolf", "wolf"), ("coyote/jackal/jackal", nil),
    ] {
      for number in 1...count {
        let isPNG = number % 2 == 1
        let path =
          Story.photos.path
          + String(format: "/%@-%03d.%@", folder, number, isPNG ? "png" : "jpg")
        let labels = (label.map { [$0] } ?? []) + (label != nil && isPNG ? ["odd"] : [])
        let row: [String: Any] = ["path": path, "labels": labels]
        lines.append(
          String(decoding: try JSONSerialization.data(withJSONObject: row), as: UTF8.self))
      }
    }
    let listing = registry.folder.appending(path: "tags.jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: listing)
    try registry.succeed(
      "import-images", Story.photos.path, "--dataset", "tags", "--labels", listing.path)
  }

  @Test func `images with several labels are listed, edited, compared and exported`() throws {
    try Story.withPreparedRegistry { registry in
      try importTags(registry, count: 10)
      let shown = try registry.succeed("datasets", "tags")
      #expect(shown["multi_label"] as? Bool == true)
      #expect(shown["labels"] as? [String: Int] == ["dog": 10, "odd": 10, "wolf": 10])
      #expect(shown[count: "unlabelled"] == 10 && shown[count: "images"] == 30)
      #expect(shown[object: "shares"][number: "odd"] == 1.0 / 3)
      let path = Story.photos.path + "/wolfdog/dog/dog-001.png"
      try registry.succeed("edit-dataset", "tags", "--relabel", "\(path)=snow; dog")
      let relabelled = try registry.succeed("diff", "--dataset", "tags@1", "tags@2")[
        list: "relabelled"
      ].first
      #expect(relabelled?["from"] as? [String] == ["dog", "odd"])
      #expect(relabelled?["to"] as? [String] == ["dog", "snow"])
      #expect(
        try registry.succeed("trace", path)[list: "datasets"].first?["labels"] as? [String]
          == ["dog", "snow"])

      let folder = registry.folder.appending(path: "out").path
      try registry.succeed("export-images", "tags", "--output", folder)
      try registry.fail(
        ["import-images", folder, "--dataset", "back"], "no_images", exitCode: 65)
      try registry.succeed(
        "import-images", folder, "--dataset", "back", "--labels", folder + "/labels.jsonl")
      let difference = try registry.succeed("diff", "--dataset", "tags", "back")
      #expect(difference[count: "unchanged"] == 30)
    }
  }

  @Test func `a head of independent labels is derived, trained, measured and used`() throws {
    try Story.withPreparedRegistry { registry in
      try importTags(registry)
      let trained = try registry.succeed(
        "derive", "--from", "efficientnet-lite0", "--head", "tags", "--train")
      #expect(trained[count: "frozen_layers"] == 98)
      let metrics = trained[object: "metrics"]
      #expect(metrics[number: "train_loss"]! < 0.3)

      let measured = try registry.succeed("evaluate", "tags", "--split", "all")
      #expect(measured["multi_label"] as? Bool == true)
      #expect(measured["labels"] as? [String] == ["dog", "odd", "wolf"])
      #expect(measured["confusion_matrix"] is NSNull)
      #expect(measured[number: "mean_average_precision"]! > 0.8)
      let labels = measured[list: "per_class"]
      #expect(labels.map { $0[count: "support"] } == [40, 40, 40])
      // The species are easily told; whether a file was odd is not.
      #expect(labels[0][number: "average_precision"]! > 0.9)
      #expect(labels[2][number: "f1"]! > 0.8)

      let predicted = try registry.succeed(
        "predict", "tags", Story.photos.path + "/wolfdog/dog/dog-001.png",
        Story.photos.path + "/coyote/jackal/jackal-002.jpg")[list: "predictions"]
      let probabilities = predicted.map { prediction in
        Dictionary(
          uniqueKeysWithValues: prediction[list: "labels"].map {
            ($0[text: "label"] ?? "", $0[number: "probability"] ?? 0)
          })
      }
      #expect(probabilities[0]["dog"]! > 0.5 && probabilities[0]["wolf"]! < 0.5)
      // Three of four pictures of the jackal's folder say no to both.
      #expect(probabilities[1]["dog"]! + probabilities[1]["wolf"]! < 1)

      // What it is goes with the exported file.
      let file = registry.folder.appending(path: "tags.safetensors").path
      try registry.succeed("export", "tags", "--output", file)
      try registry.succeed("import-model", file, "--name", "again")
      let again = try registry.succeed("evaluate", "again", "--dataset", "tags", "--split", "all")
      #expect(again[number: "loss"] == measured[number: "loss"])
    }
  }

  @Test func `layers below the head learn independent labels, and go on after a stop`() throws {
    try Story.withPreparedRegistry { registry in
      try importTags(registry, count: 8)
      try registry.succeed("derive", "--from", "efficientnet-lite0", "--head", "tags")
      let trained = try registry.succeed(
        "train", "tags", "--unfreeze", "_conv_head*", "--epochs", "2", "--balance-classes")
      #expect(trained[count: "epochs"] == 2)
      #expect(trained[object: "metrics"][number: "train_loss"]!.isFinite)
      try registry.fail(
        ["train", "tags", "--balance-sampling"], "malformed_training", exitCode: 64)
      let scratch = try registry.succeed(
        "train", "--architecture", "convnet", "--name", "own", "--dataset", "tags", "--epochs", "1")
      #expect(scratch[count: "version"] == 1)
      #expect(
        try registry.succeed("evaluate", "own", "--split", "all")["multi_label"] as? Bool == true)
    }
  }

  @Test func `labels that exclude each other are not learned from images with several`() throws {
    try Story.withPreparedRegistry { registry in
      try importTags(registry, count: 4)
      try registry.fail(
        ["evaluate", "wolfdog", "--dataset", "tags", "--split", "all"], "independent_labels",
        exitCode: 65)
      try registry.fail(
        ["train", "wolfdog", "--dataset", "tags"], "independent_labels", exitCode: 65)
      try registry.fail(
        ["derive", "--from", "wolfdog", "--head", "more", "--dataset", "tags", "--extend"],
        "independent_labels", exitCode: 65)
    }
  }
}
