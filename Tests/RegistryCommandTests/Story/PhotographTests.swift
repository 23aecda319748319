import Foundation
import TestSupport
import Testing

@Suite(
  .enabled(if: Story.hasPretrained, Story.needsPretrained),
  .enabled(if: Places.hasPhotographs, Story.needsPhotographs))
struct PhotographTests {
  @Test func `a frozen child tells wolves from dogs on photographs it never saw`() throws {
    try withRegistryProcess { registry in
      try registry.succeed("init")
      try registry.succeed(
        "import-images", Places.photographs.appending(path: "wolfdog").path, "--dataset",
        "wolfdog")
      try registry.succeed("import-model", Story.pretrained.path, "--name", "base")
      try registry.succeed("derive", "--from", "base", "--head", "wolfdog", "--train")
      let evaluation = try registry.succeed("evaluate", "wolfdog", "--split", "test")
      #expect(evaluation[count: "images"]! > 30)
      #expect(evaluation[number: "accuracy"]! >= 0.95)
      try registry.succeed("verify")
    }
  }

  @Test func `the pretrained network names at least 70 of 100 photographs`() throws {
    try withRegistryProcess { registry in
      let folder = Places.photographs.appending(path: "imagenet")
      let labels = Places.photographs.appending(path: "imagenet-labels.tsv")
      try registry.succeed("init")
      try registry.succeed(
        "import-model", Story.pretrained.path, "--name", "efficientnet-lite0", "--labels",
        labels.path)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".JPEG") }.sorted()
      let paths = names.map { folder.appending(path: $0).path }
      let result = try registry.run(["predict", "efficientnet-lite0"] + paths + ["--json"])
      let predictions = try result.json()[list: "predictions"]
      // The rows of the table stand in the order of the outputs; a file's name begins with the first
      // column of its row.
      let synsets = try String(contentsOf: labels, encoding: .utf8).split(separator: "\n")
        .map { $0.prefix { $0 != "\t" } }
      #expect(predictions.count == names.count)
      var right = 0
      for (name, prediction) in zip(names, predictions) {
        let first = (prediction["labels"] as? [[String: Any]])?.first
        if let index = first?[count: "index"], name.hasPrefix(synsets[index]) { right += 1 }
      }
      #expect(Double(right) >= 0.7 * Double(names.count), "\(right) of \(names.count)")
    }
  }
}
