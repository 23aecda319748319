import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct StoryTests {
  @Test func `from photos and a pretrained network to a child of a child`() throws {
    try withRegistryProcess { registry in
      let made = try registry.succeed("init")
      #expect(made[text: "registry"]?.hasSuffix("/.registry") == true)
      // The version is the number of the newest migration.
      let migrations = try FileManager.default.contentsOfDirectory(
        atPath: Places.repository.appending(path: "migrations").path)
      #expect(made[count: "schema_version"] == migrations.compactMap { Int($0.prefix(4)) }.max())

      let imported = try registry.succeed(
        "import-images", Story.photos.appending(path: "wolfdog").path, "--dataset", "wolfdog")
      #expect(imported[text: "dataset"] == "wolfdog")
      #expect(imported[count: "version"] == 1)
      let images = imported[object: "images"]
      #expect(images[count: "added"] == 80)
      #expect(images[count: "already_stored"] == 0)
      #expect(images[count: "duplicates"] == 0)
      #expect(images[count: "rejected"] == 0)
      #expect(imported["labels"] as? [String: Int] == ["dog": 40, "wolf": 40])
      let splits = try #require(imported["splits"] as? [String: Int])
      #expect(splits.values.reduce(0, +) == 80)
      #expect(Set(splits.keys) == ["train", "validation", "test"])
      #expect(imported[list: "rejected"].isEmpty)

      let model = try registry.succeed(
        "import-model", Story.pretrained.path, "--name", "efficientnet-lite0")
      #expect(model[text: "architecture"] == "efficientnet_lite0")
      #expect(model[count: "parameters"] == 4_652_008)
      #expect(model[count: "layers"] == 99)
      #expect(model[count: "bytes_added"]! > 18_000_000)

      let wolfdog = try registry.succeed(
        "derive", "--from", "efficientnet-lite0", "--head", "wolfdog", "--train")
      #expect(wolfdog[text: "model"] == "wolfdog")
      #expect(wolfdog[object: "base"][text: "model"] == "efficientnet-lite0")
      #expect(wolfdog[object: "base"][count: "version"] == 1)
      #expect(wolfdog[count: "frozen_layers"] == 98)
      #expect(wolfdog[count: "trainable_layers"] == 1)
      #expect(wolfdog[object: "cache"][count: "misses"] == splits["train"]! + splits["validation"]!)

      try registry.succeed(
        "import-images", Story.photos.appending(path: "coyote").path, "--dataset", "coyote")
      let coyote = try registry.succeed(
        "derive", "--from", "wolfdog", "--head", "coyote", "--train")
      #expect(coyote[object: "base"][text: "model"] == "wolfdog")
      // Two rows of 1,280 weights and two biases, and the header of the pack.
      #expect(coyote[count: "bytes_added"]! < 2 * 1281 * 4 + 512)
      #expect(coyote[object: "metrics"][number: "train_accuracy"]! > 0.9)

      let evaluation = try registry.succeed("evaluate", "wolfdog", "--split", "test")
      #expect(evaluation[count: "images"] == splits["test"])
      #expect(evaluation[number: "accuracy"]! >= 0.8)
      #expect(evaluation["labels"] as? [String] == ["dog", "wolf"])
      let matrix = try #require(evaluation["confusion_matrix"] as? [[Int]])
      #expect(matrix.flatMap { $0 }.reduce(0, +) == splits["test"])
      #expect(evaluation[list: "per_class"].map { $0[text: "label"] } == ["dog", "wolf"])
      #expect(evaluation[number: "expected_calibration_error"] != nil)
      #expect(evaluation[text: "dataset"] == "wolfdog@1")

      let photo = Story.photos.appending(path: "wolfdog/wolf/wolf-001.png").path
      let prediction = try registry.succeed("predict", "wolfdog", photo)
      let candidates = try #require(
        prediction[list: "predictions"].first?["labels"] as? [[String: Any]])
      #expect(candidates.first?[text: "label"] == "wolf")
      #expect(abs(candidates.compactMap { $0[number: "probability"] }.reduce(0, +) - 1) < 1e-5)

      try checkLineage(of: registry, coyote)
      try checkMetrics(of: registry)
      let verified = try registry.succeed("verify")
      // 160 images, the network's pack, two heads.
      #expect(verified[count: "objects"] == 163)
      for key in ["corrupt", "missing", "unreferenced"] {
        #expect((verified[key] as? [Any])?.isEmpty == true)
      }
    }
  }

  private func checkLineage(of registry: RegistryProcess, _ coyote: [String: Any]) throws {
    let lineage = try registry.succeed("lineage", "coyote")
    #expect(
      lineage[list: "nodes"].map { $0[text: "model"] } == [
        "efficientnet-lite0", "wolfdog", "coyote",
      ])
    #expect(lineage[list: "nodes"].last?[text: "run"] == coyote[text: "run"])
    #expect(lineage[list: "nodes"].last?[text: "dataset"] == "coyote@1")
    for edge in lineage[list: "edges"] {
      #expect(edge[count: "inherited_layers"] == 98)
      #expect(edge[count: "retrained_layers"] == 0)
      #expect(edge[count: "added_layers"] == 1)
      #expect(edge[count: "dropped_layers"] == 1)
      #expect(edge[count: "shared_bytes"] == 13_652_488)
      #expect(edge[count: "new_bytes"] == 2 * 1281 * 4)
    }
    #expect(lineage[list: "edges"].count == 2)
    let above = try registry.succeed("lineage", "wolfdog", "--ancestors")
    #expect(above[list: "nodes"].count == 2)
    let tree = try registry("lineage", "coyote")
    #expect(tree.standardOutput.contains("98 inherited, 1 added, 1 dropped"))
    let dot = try registry("lineage", "coyote", "--format", "dot")
    #expect(dot.standardOutput.hasPrefix("digraph"))

    let difference = try registry.succeed("diff", "wolfdog", "coyote")
    let layers = difference[list: "layers"]
    #expect(layers.count { $0[text: "status"] == "same" } == 98)
    #expect(layers.suffix(2).map { $0[text: "status"] } == ["dropped", "added"])
    #expect(difference[count: "shared_bytes"] == 13_652_488)
  }

  private func checkMetrics(of registry: RegistryProcess) throws {
    let history = try registry.succeed("metrics", "coyote")
    let metrics = history[object: "metrics"]
    for key in ["train_loss", "validation_loss", "train_accuracy", "validation_accuracy"] {
      let points = metrics[list: key]
      #expect(points.map { $0[count: "step"] } == Array(1...points.count))
      #expect(points.allSatisfy { $0[number: "value"] != nil && $0[text: "time"] != nil })
    }
    let losses = metrics[list: "train_loss"].compactMap { $0[number: "value"] }
    #expect(try #require(losses.last) < losses[0])
    let plot = try registry("metrics", "coyote", "--plot")
    #expect(plot.standardOutput.contains("loss"))
    let run = try #require(history[text: "run"])
    let record = try registry.succeed("runs", run)
    #expect(record[text: "state"] == "finished")
    #expect(record["datasets"] as? [String] == ["coyote@1"])
    #expect(record[object: "host"][text: "host"]?.isEmpty == false)
    #expect(record[object: "parameters"][text: "optimizer"] == "lbfgs")
  }

  @Test func `a second head runs the base on no image again`() throws {
    try Story.withPreparedRegistry { registry in
      let second = try registry.succeed(
        "derive", "--from", "efficientnet-lite0", "--head", "wolfdog", "--name", "second",
        "--hidden", "16", "--dropout", "0.1", "--train")
      #expect(second[object: "cache"][count: "misses"] == 0)
      #expect(second[object: "cache"][count: "hits"]! > 50)
      #expect(second[count: "trainable_layers"] == 2)
      let other = try registry.succeed(
        "derive", "--from", "wolfdog", "--head", "wolfdog", "--name", "third", "--train")
      #expect(other[object: "cache"][count: "misses"] == 0)
    }
  }

  @Test(arguments: ["lbfgs", "adamw"])
  func `the same seed gives the same bits, in the same and in another registry`(
    optimizer: String
  ) throws {
    func head(_ registry: RegistryProcess, _ name: String, seed: String) throws -> Set<String> {
      let before = Set(registry.objectNames)
      try registry.succeed(
        "derive", "--from", "efficientnet-lite0", "--head", "wolfdog", "--name", name, "--train",
        "--optimizer", optimizer, "--epochs", "5", "--seed", seed)
      return Set(registry.objectNames).subtracting(before)
    }
    try Story.withPreparedRegistry { first in
      let one = try head(first, "one", seed: "7")
      #expect(one.count == 1)
      // The same tensors again are no new object.
      #expect(try head(first, "two", seed: "7").isEmpty)
      #expect(try head(first, "three", seed: "8").count == 1)
      try Story.withPreparedRegistry { second in
        let same = try head(second, "one", seed: "7")
        #expect(same == one)
      }
    }
  }

  @Test func `training a version makes the next, and an alias follows when it is told`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed("alias", "wolfdog@1", "production")
      let trained = try registry.succeed("train", "wolfdog", "--epochs", "3")
      #expect(trained[count: "version"] == 2)
      #expect(trained[object: "base"][count: "version"] == 1)
      let edges = try registry.succeed("lineage", "wolfdog")[list: "edges"]
      #expect(edges.last?[count: "retrained_layers"] == 1)
      #expect(edges.last?[count: "inherited_layers"] == 98)
      let change = try registry.succeed("diff", "wolfdog@1", "wolfdog@2")[list: "layers"].last
      #expect(change?[text: "status"] == "retrained")
      #expect(change![number: "relative_change"]! > 0)
      let lineage = try registry.succeed("lineage", "wolfdog@production", "--ancestors")
      #expect(lineage[list: "nodes"].last?[count: "version"] == 1)
    }
  }

  @Test func `an extended head keeps the base's labels and their weights`() throws {
    try Story.withPreparedRegistry { registry in
      let derived = try registry.succeed(
        "derive", "--from", "wolfdog", "--head", "coyote", "--name", "canids", "--extend")
      #expect(derived["labels"] as? [String] == ["dog", "wolf", "coyote", "jackal"])
      let change = try registry.succeed("diff", "wolfdog", "canids")[list: "layers"].last
      #expect(change?[text: "status"] == "retrained")
      let trained = try registry.succeed(
        "train", "canids", "--dataset", "wolfdog", "--dataset", "coyote")
      #expect(trained[object: "metrics"][number: "train_accuracy"]! > 0.9)
    }
  }

  @Test func `importing the same network again adds nothing`() throws {
    try Story.withPreparedRegistry { registry in
      let again = try registry.succeed(
        "import-model", Story.pretrained.path, "--name", "efficientnet-lite0")
      #expect(again[count: "version"] == 1)
      #expect(again[count: "bytes_added"] == 0)
      let other = try registry.succeed("import-model", Story.pretrained.path, "--name", "other")
      #expect(other[count: "bytes_added"] == 0)
    }
  }
}
