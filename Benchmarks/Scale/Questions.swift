import Foundation
import RegistryKit

/// Questions about the family that `RegistryFilling` hides among all others.
struct Questions {
  let folder: String
  let repetitions: Int

  /// Asks each question some times of an open registry, and once of one that was just opened, and
  /// prints a JSON object with milliseconds and the size of the answer.
  func ask() throws {
    let questions: [(name: String, body: (Registry) throws -> Int)] = [
      ("lineage", { try $0.lineage(of: "probe-25").nodes.count }),
      ("lineage --ancestors", { try $0.lineage(of: "probe-49", .ancestors).nodes.count }),
      ("lineage --descendants", { try $0.lineage(of: "probe-25", .descendants).nodes.count }),
      (
        "metrics",
        { try $0.metrics(of: "probe-trained").metrics.values.reduce(0) { $0 + $1.count } }
      ),
      ("trace", { try $0.trace(Self.image).models.count }),
      ("datasets NAME", { try $0.dataset("probe-photos").images }),
      ("datasets", { try $0.datasets(ListRequest(limit: 10)).datasets.count }),
      ("models NAME", { try $0.model("probe-25").layers.count }),
      ("models", { try $0.models().models.count }),
      (
        "models NAME --versions",
        { try $0.models(ListRequest(name: "probe-trained")).models.count }
      ),
      ("models --where", { try $0.models(ListRequest(where: Self.someModels)).models.count }),
      ("runs", { try $0.runs().runs.count }),
      (
        "runs --where, few",
        { try $0.runs(ListRequest(where: "descendant of probe-25@1")).runs.count }
      ),
      (
        "runs --where, many",
        { try $0.runs(ListRequest(where: Self.someRuns, limit: 20)).runs.count }
      ),
      ("runs --sort", { try $0.runs(ListRequest(sort: Self.order)).runs.count }),
      (
        "derive",
        {
          try $0.derive(
            DeriveRequest(base: "wolfdog", head: "coyote", isNewVersion: true)
          ).frozenLayers
        }
      ),
    ]
    var answers: [[String: Any]] = []
    for (name, body) in questions {
      let first = try timed { try body(try Registry(opening: folder)) }
      let registry = try Registry(opening: folder)
      var times: [Double] = []
      for _ in 0..<repetitions { times.append(try timed { try body(registry) }.milliseconds) }
      times.sort()
      answers.append([
        "question": name, "answer": first.answer, "first_ms": first.milliseconds,
        "median_ms": times[times.count / 2], "maximum_ms": times[times.count - 1],
      ])
    }
    let json = try JSONSerialization.data(withJSONObject: ["questions": answers])
    print(String(decoding: json, as: UTF8.self))
  }

  /// The SHA-256 of `/photos/probe-photos/0.jpg`: the digest of an image of the dataset.
  private static let image = "75762dd0683e5911fcf8834460f6bd62d2e1fc1bc81ba282765f156831fcf2fc"

  // Many items fulfil these, a page of which is shown; Benchmarks/scale.py has the same.
  private static let someRuns = "params.optimizer = 'adamw' and metrics.test_accuracy > 0.5"
  private static let someModels = "descendant of probe-base and not origin = 'trained'"
  private static let order = "metrics.test_accuracy desc"

  private func timed(_ body: () throws -> Int) throws -> (answer: Int, milliseconds: Double) {
    let start = ScaleBenchmark.seconds()
    let answer = try body()
    return (answer, 1000 * (ScaleBenchmark.seconds() - start))
  }
}
