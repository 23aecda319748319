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
      ("models NAME", { try $0.model("probe-25").layers.count }),
      ("models NAME --versions", { try $0.models(named: "probe-trained").count }),
      ("runs", { try $0.runs(limit: 50).count }),
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

  private func timed(_ body: () throws -> Int) throws -> (answer: Int, milliseconds: Double) {
    let start = ScaleBenchmark.seconds()
    let answer = try body()
    return (answer, 1000 * (ScaleBenchmark.seconds() - start))
  }
}
