import Diagnostics
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@testable import RegistryKit

/// Texts that somebody damaged: read or refused, and never more.
struct TextFuzzTests {
  /// Gives damaged texts to a parser, and counts how many it refuses.
  private static func refusals(
    of texts: [String], seed: UInt64, rounds: Int, _ categories: Set<RegistryError.Category>,
    _ parse: (_ bytes: [UInt8]) throws -> Void
  ) throws -> Int {
    var generator = SeededGenerator(seed: seed)
    var refused = 0
    for round in 0..<rounds {
      var bytes = Array(texts[round % texts.count].utf8)
      generator.damage(&bytes)
      do {
        try parse(bytes)
      } catch {
        let error = try #require(error as? RegistryError)
        #expect(categories.contains(error.code.category), "\(error)")
        refused += 1
      }
    }
    return refused
  }

  @Test func `a line of metrics is read or refused`() throws {
    let rounds = 3000
    let refused = try Self.refusals(
      of: [
        #"{"step": 3, "loss": 0.25, "accuracy": "NaN", "time": "2026-07-28T09:15:02Z"}"#,
        #"{"a": -1e308, "b": "-Infinity", "\u00e4": 9007199254740993}"#,
      ], seed: 51, rounds: rounds, [.badInput]
    ) { bytes in
      for metric in try MetricLine(ArraySlice(bytes), at: 1, "fuzzing").metrics {
        #expect(metric.key != "step" && metric.key != "time")
      }
    }
    #expect(refused > rounds / 4 && refused < rounds)
  }

  @Test func `a list of edits is read or refused`() throws {
    let rounds = 1200
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "edits.jsonl")
      let refused = try Self.refusals(
        of: [
          """
          {"action": "add", "image": "a.jpg", "label": "dog", "split": "test", "group": "litter 3"}
          {"action": "relabel", "image": "photos/b.jpg", "labels": ["dog", "indoors"]}

          {"action": "move", "image": "photos/c.jpg", "split": "validation"}
          {"action": "remove", "image": "5be0cd19137e2179"}
          """
        ], seed: 52, rounds: rounds, [.badInput]
      ) { bytes in
        try Data(bytes).write(to: file)
        _ = try EditListing(path: file.path, limits: .standard).edits
      }
      #expect(refused > rounds / 4 && refused < rounds)
    }
  }

  @Test(arguments: ["convnet", "vit_tiny_patch16_224"])
  func `a network's description is read or refused`(architecture: String) throws {
    let network = try Architecture.named(architecture).network(labels: 2)
    let text = try CanonicalJSON.text(of: Array(network.backbone.prefix(30)))
    let rounds = 1500
    let refused = try Self.refusals(
      of: [text], seed: 53, rounds: rounds, [.badInput, .corrupt, .usage]
    ) { bytes in
      let layers = try CanonicalJSON.value(
        [Layer].self, from: String(decoding: bytes, as: UTF8.self), subject: "fuzzing")
      let shapes = try Network(architecture: "fuzzing", backbone: layers, head: [])
        .outputShapes(input: [3, 224, 224])
      #expect(shapes.values.allSatisfy { $0.elementCount >= 0 })
    }
    #expect(refused > rounds / 4 && refused < rounds)
  }
}
