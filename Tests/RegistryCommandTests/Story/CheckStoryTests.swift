import Foundation
import TestSupport
import Testing

struct CheckStoryTests {
  /// The drawn pictures of a label.
  private static func photos(_ label: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: Story.photos.appending(path: "wolfdog/\(label)"), includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
  }

  /// Writes a label file that names pictures with labels.
  private static func write(
    _ rows: [(path: String, label: String, split: String)], to file: URL
  ) throws {
    let lines = try rows.map { row in
      try JSONSerialization.data(
        withJSONObject: ["path": row.path, "label": row.label, "split": row.split])
    }
    try Data(lines.joined(separator: [0x0a])).write(to: file)
  }

  @Test func `a picture and a copy of it in another split are a leak`() throws {
    try withRegistryProcess { registry in
      let folder = registry.folder.appending(path: "photos")
      for split in ["train", "test"] {
        try FileManager.default.createDirectory(
          at: folder.appending(path: "\(split)/wolf"), withIntermediateDirectories: true)
      }
      for (number, file) in try Self.photos("wolf").prefix(6).enumerated() {
        try FileManager.default.copyItem(
          at: file, to: folder.appending(path: "train/wolf/\(number).\(file.pathExtension)"))
      }
      // A comment after the first marker makes other bytes of the same picture.
      let original = try #require(
        try Self.photos("wolf").prefix(6).first { $0.pathExtension == "jpg" })
      let bytes = try Data(contentsOf: original)
      try (bytes.prefix(2) + Data([0xff, 0xfe, 0x00, 0x04, 0x61, 0x62]) + bytes.dropFirst(2))
        .write(to: folder.appending(path: "test/wolf/copy.jpg"))
      try registry.succeed("init")
      try registry.succeed("import-images", "photos", "--dataset", "wolves")

      let result = try registry.succeed("check", "wolves")
      #expect(result[count: "leaks"] == 1)
      #expect(result["model"] is NSNull)
      #expect(result["label_issues"] is NSNull)
      let pair = try #require(result[list: "duplicates"].first)
      #expect(pair[text: "kind"] == "exact")
      #expect(pair["is_leak"] as? Bool == true)
      #expect(pair["window"] is NSNull)
      #expect(Set(pair[list: "images"].map { $0[text: "split"] }) == ["train", "test"])
      #expect(result[object: "thresholds"][number: "correlation"] == 0.95)
      let again = try registry.succeed("check", "wolves@1")
      #expect(again[object: "cache"][count: "misses"] == 0)

      let table = try registry.run(["check", "wolves"]).standardOutput
      #expect(table.contains("Leaks between splits\n"))
      #expect(table.contains("same pixels"))
      let strict = try registry.succeed("check", "wolves", "--tiny", "1000")
      #expect(strict[list: "defects"].count { $0[text: "kind"] == "tiny" } == 7)
      try registry.fail(["check", "coyotes"], "unknown_dataset", exitCode: 66)
      try registry.fail(["check", "wolves", "--dark", "1.5"], "malformed_request", exitCode: 64)
      try registry.succeed("verify")
    }
  }

  @Test func `the page holds its pictures, escapes names and asks nothing of the network`() throws {
    try withRegistryProcess { registry in
      let label = "<script>alert(\"1\")</script>&'"
      let rows =
        try Self.photos("wolf").prefix(8).map { (path: $0.path, label: label, split: "train") }
        + Self.photos("dog").prefix(4).map { (path: $0.path, label: "dog", split: "test") }
      let listing = registry.folder.appending(path: "labels.jsonl")
      try Self.write(rows, to: listing)
      try registry.succeed("init")
      try registry.succeed("import-images", "/", "--dataset", "odd", "--labels", listing.path)
      let run = try registry.run(
        ["check", "odd", "--tiny", "1000", "--limit", "5", "--output", "page.html"])
      #expect(run.exitCode == 0, "\(run.standardError)")
      #expect(run.standardError.contains("Wrote page.html"))
      let page = try String(
        contentsOf: registry.folder.appending(path: "page.html"), encoding: .utf8)
      #expect(!page.contains("<script"))
      #expect(page.contains("&lt;script&gt;"))
      #expect(!page.contains("http"))
      // Nothing is fetched: what has an address has it within the page.
      let addresses = page.matches(of: /(?:src|href|url)\s*[=(]\s*"?([^">)]*)/).map(\.1)
      #expect(addresses.count > 6)
      #expect(addresses.allSatisfy { $0.hasPrefix("data:") || $0.hasPrefix("#") })
      #expect(page.contains("Short side below 1000 px."))
      #expect(page.contains("The worst 5 of 12."))
      #expect(page.components(separatedBy: "src=\"data:image/jpeg;base64,").count == 6)
      #expect(page.utf8.count < 100_000)
    }
  }

  @Test(.enabled(if: Story.hasPretrained, Story.needsPretrained))
  func `a model finds the labels that were exchanged`() throws {
    try Story.withPreparedRegistry { registry in
      let wolves = try Self.photos("wolf")
      let dogs = try Self.photos("dog")
      let wrong = Set((wolves.prefix(4) + dogs.prefix(4)).map(\.lastPathComponent))
      func rows(
        _ files: [URL], _ right: String, _ other: String
      ) -> [(path: String, label: String, split: String)] {
        files.map { file in
          let isWrong = wrong.contains(file.lastPathComponent)
          return (path: file.path, label: isWrong ? other : right, split: "train")
        }
      }
      let listing = registry.folder.appending(path: "labels.jsonl")
      try Self.write(rows(wolves, "wolf", "dog") + rows(dogs, "dog", "wolf"), to: listing)
      try registry.succeed("import-images", "/", "--dataset", "doubtful", "--labels", listing.path)
      let result = try registry.succeed("check", "doubtful", "--model", "efficientnet-lite0")
      #expect(result[object: "model"][text: "model"] == "efficientnet-lite0")
      func names(_ list: [[String: Any]]) -> [String] {
        list.map { URL(filePath: $0[object: "image"][text: "path"] ?? "").lastPathComponent }
      }
      let issues = names(result[list: "label_issues"])
      #expect(wrong.intersection(issues).count >= 7, "\(issues)")
      #expect(issues.count <= 12, "\(issues)")
      #expect(wrong.intersection(names(result[list: "hardest"]).prefix(8)).count >= 6)
    }
  }

  @Test(.enabled(if: Story.hasPretrained, Story.needsPretrained))
  func `where labels are independent, each is judged on its own`() throws {
    try Story.withPreparedRegistry { registry in
      let (wolves, dogs) = (try Self.photos("wolf"), try Self.photos("dog"))
      let lacking = Set(dogs.prefix(4).map(\.lastPathComponent))
      let additional = Set(wolves.prefix(4).map(\.lastPathComponent))
      let lines = try (dogs + wolves).map { file in
        let name = file.lastPathComponent
        let own = name.hasPrefix("dog") ? (lacking.contains(name) ? [] : ["dog"]) : ["wolf"]
        return try JSONSerialization.data(
          withJSONObject: [
            "path": file.path, "labels": own + (additional.contains(name) ? ["dog"] : []),
            "split": "train",
          ] as [String: Any])
      }
      let listing = registry.folder.appending(path: "labels.jsonl")
      try Data(lines.joined(separator: [0x0a])).write(to: listing)
      try registry.succeed("import-images", "/", "--dataset", "tags", "--labels", listing.path)
      let result = try registry.succeed("check", "tags", "--model", "efficientnet-lite0")
      var suggestions: [String: String] = [:]
      for issue in result[list: "label_issues"] {
        let path = issue[object: "image"][text: "path"] ?? ""
        suggestions[URL(filePath: path).lastPathComponent] = issue[text: "suggested_label"]
        let probabilities = [
          issue[number: "probability"] ?? 2, issue[number: "suggested_probability"] ?? 2,
        ]
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6)
      }
      #expect(lacking.count { suggestions[$0] == "dog" } >= 3, "\(suggestions)")
      #expect(additional.count { suggestions[$0] == "wolf" } >= 3, "\(suggestions)")
      #expect(suggestions.count <= 14, "\(suggestions)")
      let hardest = result[list: "hardest"].prefix(8).map {
        URL(filePath: $0[object: "image"][text: "path"] ?? "").lastPathComponent
      }
      #expect(lacking.union(additional).intersection(hardest).count >= 5)
    }
  }

  @Test(.enabled(if: Story.hasPretrained, Story.needsPretrained))
  func `without being told, the newest model of the dataset judges once its cache has all images`()
    throws
  {
    try Story.withPreparedRegistry { registry in
      #expect(try registry.succeed("check", "wolfdog")["model"] is NSNull)
      try registry.succeed("evaluate", "wolfdog", "--split", "all")
      let result = try registry.succeed("check", "wolfdog")
      #expect(result[object: "model"][text: "model"] == "wolfdog")
      #expect(result[list: "hardest"].count == min(100, result[count: "images"] ?? 0))
    }
  }
}
