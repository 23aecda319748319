import Foundation
import TestSupport
import Testing

/// Training below the head, and from nothing.
@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct FineTuningTests {
  private static let lastBlock = ["--unfreeze", "_blocks.15.*", "--unfreeze", "_conv_head"]

  @Test func `the last layers are trained with the head, and nothing else changes`() throws {
    try Story.withPreparedRegistry { registry in
      let result = try registry.run(
        ["train", "wolfdog", "--epochs", "2", "--json"] + Self.lastBlock
      ).json()
      #expect(result[count: "version"] == 2 && result[count: "epochs"] == 2)
      #expect(result[object: "base"][text: "model"] == "wolfdog")
      // Three convolutions with their norms, the last convolution, and the head.
      #expect(result[count: "trainable_layers"] == 8 && result[count: "frozen_layers"] == 91)
      let layers = try registry.succeed("diff", "wolfdog@1", "wolfdog@2")[list: "layers"]
      let retrained = layers.filter { $0[text: "status"] == "retrained" }
      let names = retrained.compactMap { $0[text: "name"] }
      #expect(names.filter { $0.hasPrefix("_blocks.15.") }.count == 6)
      #expect(names.suffix(2) == ["_conv_head", "_fc"] && names.count == 8)
      #expect(layers.count { $0[text: "status"] == "same" } == 91)
      let edge = try #require(
        try registry.succeed("lineage", "wolfdog@2")[list: "edges"].last)
      #expect(edge[count: "retrained_layers"] == 8 && edge[count: "inherited_layers"] == 91)
      // The frozen layers ran once for each of 57 training and 11 validation images; the latter are
      // measured before the first epoch, too.
      #expect(result[object: "cache"][count: "misses"] == 68)
      #expect(result[object: "cache"][count: "hits"] == 68 + 11)
      let history = try registry.succeed("metrics", "wolfdog@2")[object: "metrics"]
      for key in ["train_loss", "validation_loss", "learning_rate", "gradient_norm"] {
        #expect(history[list: key].map { $0[count: "step"] } == [1, 2])
      }
      let evaluation = try registry.succeed("evaluate", "wolfdog")
      #expect(evaluation[count: "version"] == 2)
      #expect(evaluation["accuracy"] as? Double ?? 0 > 0.7)
      let photo = Story.photos.appending(path: "wolfdog/wolf/wolf-001.png").path
      #expect(try registry.succeed("predict", "wolfdog", photo)[list: "predictions"].count == 1)
    }
  }

  @Test func `a new head is fitted before the layers below it are trained`() throws {
    try Story.withPreparedRegistry { registry in
      let result = try registry.succeed(
        "derive", "--from", "efficientnet-lite0", "--head", "coyote", "--freeze",
        "up-to:_blocks.14", "--train", "--epochs", "1", "--learning-rate", "1e-5",
        "--optimizer", "sgd")
      // One epoch with so small a rate teaches a random head nothing.
      #expect((result["metrics"] as? [String: Double])?["validation_accuracy"] ?? 0 > 0.7)
      #expect(result[count: "version"] == 1)
    }
  }

  @Test
  func `killed at any moment, training resumes from its last epoch and ends with the same bits`()
    throws
  {
    let options = [
      "train", "wolfdog", "--epochs", "4", "--augment", "light", "--mixup", "0.2", "--average",
      "0.9", "--checkpoint-minutes", "0",
    ]
    try Story.withPreparedRegistry { whole in
      let expected = try whole.run(options + Self.lastBlock + ["--json"]).json()
      for wanted in [1, 3] {
        try Story.withPreparedRegistry { killed in
          let process = try killed.start(options + Self.lastBlock)
          var run = ""
          for _ in 0..<2400 where run.isEmpty && process.isRunning {
            usleep(25_000)
            let newest = try killed.run(["runs", "--json"]).json()[list: "runs"].first
            guard let id = newest?[text: "run"], newest?[text: "kind"] == "train",
              newest?[text: "state"] == "running"
            else { continue }
            let history = try killed.run(["metrics", id, "--json"]).json()
            let losses = (history["metrics"] as? [String: Any])?["train_loss"] as? [Any]
            if losses?.count ?? 0 >= wanted { run = id }
          }
          kill(process.processIdentifier, SIGKILL)
          process.waitUntilExit()
          try #require(!run.isEmpty)
          try killed.succeed("verify")
          #expect(try killed.succeed("runs", run)[text: "state"] == "interrupted")
          let resumed = try killed.succeed("train", "wolfdog", "--resume", run)
          #expect(
            resumed["metrics"] as? [String: Double] == expected["metrics"] as? [String: Double])
          #expect(killed.objectNames == whole.objectNames)
        }
      }
    }
  }

  @Test func `a network is trained from nothing, and is a base like any other`() throws {
    try Story.withPreparedRegistry { registry in
      let result = try registry.succeed(
        "train", "--architecture", "convnet", "--name", "scratch", "--dataset", "wolfdog",
        "--epochs", "3", "--learning-rate", "auto", "--optimizer", "sgd")
      #expect(result[count: "version"] == 1 && result[count: "frozen_layers"] == 0)
      #expect(result["base"] == nil || result["base"] is NSNull)
      #expect(result[object: "learning_rate_search"][list: "points"].count > 5)
      let model = try registry.succeed("models", "scratch")
      #expect(model[text: "architecture"] == "convnet")
      let child = try registry.succeed(
        "derive", "--from", "scratch", "--head", "coyote", "--name", "small", "--train")
      #expect(child[object: "base"][text: "model"] == "scratch")
      #expect(child[count: "trainable_layers"] == 1)
      let nodes = try registry.succeed("lineage", "small")[list: "nodes"]
      #expect(nodes.map { $0[text: "model"] } == ["scratch", "small"])
      let again = try registry.succeed(
        "train", "--architecture", "convnet", "--name", "scratch", "--dataset", "wolfdog",
        "--epochs", "1", "--new-version")
      #expect(again[count: "version"] == 2)
    }
  }

  @Test func `ways to train are compared on nested parts of the images`() throws {
    try Story.withPreparedRegistry { registry in
      let page = registry.folder.appending(path: "page.html")
      let result = try registry.run([
        "compare", "wolfdog", "--images-per-class", "2,all", "--seeds", "2", "--epochs", "1",
        "--scratch-epochs", "1", "--output", page.path, "--json",
      ]).json()
      let rows = result[list: "rows"]
      #expect(
        rows.map { $0[text: "method"] } == [
          "head", "head", "fine_tuned", "fine_tuned", "scratch", "scratch",
        ])
      #expect(rows.map { $0[count: "images"] } == [4, 57, 4, 57, 4, 57])
      for row in rows {
        let accuracies = try #require(row["accuracies"] as? [Double])
        #expect(accuracies.count == 2)
        let mean = try #require(row["accuracy"] as? Double)
        #expect(abs(accuracies.reduce(0, +) / 2 - mean) < 1e-12)
        #expect(row[count: "bytes_stored"]! > 0 && row[count: "images_seen"]! > 0)
      }
      #expect(rows[0][count: "bytes_stored"]! * 100 < rows[2][count: "bytes_stored"]!)
      #expect(rows[1]["accuracy"] as? Double ?? 0 > 0.9)
      let text = try String(contentsOf: page, encoding: .utf8)
      #expect(text.contains("<svg") && !text.contains("<script") && !text.contains("http"))
      #expect(text.contains(try #require(result[text: "run"])))
      let run = try registry.succeed("metrics", try #require(result[text: "run"]))
      #expect(run[object: "metrics"][list: "head_accuracy"].map { $0[count: "step"] } == [4, 57])
      #expect(try registry.succeed("models")[list: "models"].count == 2, "nothing is registered")
    }
  }
}
