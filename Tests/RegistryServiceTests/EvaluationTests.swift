import Foundation
import TestSupport
import Testing

/// What evaluations kept of single images.
struct EvaluationTests {
  @Test func `the figures of an evaluation are those of its images`() async throws {
    try await PreparedService.with("--workers", "0") { service in
      let printed = try RunningService.command(
        ["evaluate", "coyote", "--split", "all"], in: service.folder)
      let run = try #require(printed["run"] as? String)
      let labels = try #require(printed["labels"] as? [String])
      let matrix = try #require(printed["confusion_matrix"] as? [[Int]])
      let confusion = try service.get("/api/v1/runs/\(run)/confusion").json()
      let cells = try #require(confusion["cells"] as? [[String: Any]])
      var rebuilt = labels.map { _ in labels.map { _ in 0 } }
      for cell in cells {
        let row = try #require(labels.firstIndex(of: cell["label"] as? String ?? ""))
        let column = try #require(labels.firstIndex(of: cell["answer"] as? String ?? ""))
        rebuilt[row][column] = cell["images"] as? Int ?? -1
      }
      #expect(rebuilt == matrix)
      let count = try #require(printed["images"] as? Int)
      #expect(confusion["images"] as? Int == count)
      #expect(confusion["version"] as? Int == printed["version"] as? Int)

      // Each figure again, from what was kept of the images.
      let bins = try #require(confusion["calibration"] as? [[String: Any]])
      func number(_ bin: [String: Any], _ key: String) -> Double {
        (bin[key] as? NSNumber)?.doubleValue ?? .nan
      }
      let gap = bins.reduce(0) {
        $0 + number($1, "images") * abs(number($1, "confidence") - number($1, "accuracy"))
      }
      let expected = try #require(printed["expected_calibration_error"] as? Double)
      #expect(abs(gap / Double(count) - expected) < 1e-9)

      let known = try service.get("/api/v1/datasets/coyote/images?limit=1000").json()
      let truth = Dictionary(
        uniqueKeysWithValues: try #require(known["images"] as? [[String: Any]]).map {
          ($0["digest"] as? String ?? "", ($0["labels"] as? [String])?.first ?? "")
        })
      var listed: [[String: Any]] = []
      var offset: Int? = 0
      while let begin = offset {
        let page = try service.get("/api/v1/runs/\(run)/images?limit=7&offset=\(begin)").json()
        listed += try #require(page["images"] as? [[String: Any]])
        offset = page["next"] as? Int
      }
      #expect(
        listed.count == count && Set(listed.compactMap { $0["digest"] as? String }).count == count)
      #expect(listed.allSatisfy { truth[$0["digest"] as? String ?? ""] == $0["label"] as? String })
      let confidences = listed.map { number($0, "confidence") }
      #expect(confidences == confidences.sorted(by: >))
      let right = listed.count { $0["label"] as? String == $0["answer"] as? String }
      #expect(Double(right) / Double(count) == printed["accuracy"] as? Double)

      let wrong = try service.get("/api/v1/runs/\(run)/images?wrong=true").json()
      #expect((wrong["images"] as? [Any])?.count == count - right)
      let cell = try #require(cells.first)
      let label = try #require(cell["label"] as? String)
      let answer = try #require(cell["answer"] as? String)
      let inCell = try service.get("/api/v1/runs/\(run)/images?label=\(label)&answer=\(answer)")
        .json()
      #expect((inCell["images"] as? [Any])?.count == cell["images"] as? Int)

      for page in ["/runs/\(run)", "/models/coyote"] {
        let text = String(decoding: try service.get(page).body, as: UTF8.self)
        #expect(text.contains("/runs/\(run)/images?label=\(label)&amp;answer=\(answer)"), "\(page)")
        #expect(text.contains("class=\"calibration\""))
      }
      let shown = String(
        decoding: try service.get("/runs/\(run)/images?label=\(label)&answer=\(answer)").body,
        as: UTF8.self)
      #expect(
        shown.components(separatedBy: "src=\"/thumbnails/").count - 1 == cell["images"] as? Int)
    }
  }

  @Test func `runs without answers for images say so, and have pages all the same`() async throws {
    try await PreparedService.with("--workers", "0") { service in
      let runs = try #require(
        try service.get("/api/v1/runs?where=kind+%3D+train").json()["runs"] as? [[String: Any]])
      let run = try #require(runs.first?["run"] as? String)
      #expect(try service.get("/api/v1/runs/\(run)/confusion").problem() == "no_predictions")
      #expect(try service.get("/runs/\(run)").status == 200)
      let measured = try RunningService.command(
        ["evaluate", "coyote", "--split", "all"], in: service.folder)
      let evaluation = try #require(measured["run"] as? String)
      #expect(
        try service.get("/api/v1/runs/\(evaluation)/images?label=coyot").problem()
          == "unknown_label")
    }
  }
}
