import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct ExportImagesTests {
  /// Labels, splits and groups by digest.
  private func list(_ folder: URL) throws -> [String: [String]] {
    let text = try String(
      contentsOf: folder.appending(path: "labels.jsonl"), encoding: .utf8)
    var images: [String: [String]] = [:]
    for line in text.split(separator: "\n") {
      let row = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let labels = row["labels"] as? [String] ?? [row["label"] as? String ?? ""]
      images[row[text: "digest"] ?? ""] =
        labels + [row[text: "split"] ?? "", row[text: "group"] ?? ""]
      let path = row[text: "path"] ?? ""
      #expect(!path.hasPrefix("/") && !path.split(separator: "/").contains(".."))
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: path).path))
    }
    return images
  }

  @Test func `an exported dataset imports back to the same images, labels and splits`() throws {
    try Story.withPreparedRegistry { registry in
      let folder = registry.folder.appending(path: "out")
      let answer = try registry.succeed("export-images", "wolfdog", "--output", folder.path)
      #expect(answer[count: "images"] == 80)
      #expect(answer["folders"] as? Bool == true)
      let first = try list(folder)
      #expect(first.count == 80)
      for (name, options) in [
        ("folders", []), ("listed", ["--labels", folder.path + "/labels.jsonl"]),
      ] {
        let imported = try registry.run(
          ["import-images", folder.path, "--dataset", name, "--json"] + options
        ).json()
        #expect(imported[list: "rejected"].isEmpty)
        let difference = try registry.succeed("diff", "--dataset", "wolfdog", name)
        #expect(difference[count: "unchanged"] == 80, "\(difference)")
        let again = registry.folder.appending(path: "out-\(name)")
        try registry.succeed("export-images", name, "--output", again.path)
        #expect(try list(again) == first)
      }
    }
  }

  @Test func `labels and names that no folder can hold go through the list`() throws {
    try Story.withPreparedRegistry { registry in
      let photos = registry.folder.appending(path: "photos")
      try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
      let names = ["a.png", "new\nline.png", ".hidden.png", "same.png", "sub/same.png", "b.txt"]
      let labels = ["..", "a/b", "\u{7}bell", "dog", "dog", "犬"]
      try FileManager.default.createDirectory(
        at: photos.appending(path: "sub"), withIntermediateDirectories: true)
      var rows: [[String: String]] = []
      for (index, (name, label)) in zip(names, labels).enumerated() {
        try FileManager.default.copyItem(
          at: Story.photos.appending(
            path: String(format: "wolfdog/dog/dog-%03d.png", 2 * index + 1)),
          to: photos.appending(path: name))
        rows.append(["path": name, "label": label, "split": "train", "tribe": "t\(index % 2)"])
      }
      let listing = photos.appending(path: "list.jsonl")
      let lines = try rows.map {
        String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self)
      }
      try Data(lines.joined(separator: "\r\n").utf8).write(to: listing)
      let imported = try registry.succeed(
        "import-images", photos.path, "--dataset", "odd", "--labels", listing.path, "--group-by",
        "tribe")
      #expect(imported[list: "rejected"].isEmpty)
      let folder = registry.folder.appending(path: "out")
      let answer = try registry.succeed("export-images", "odd", "--output", folder.path)
      #expect(answer["folders"] as? Bool == false)
      #expect(answer[count: "renamed"] == 4)
      let found = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
      #expect(
        Set(found ?? []).isSuperset(of: ["labels.jsonl", "train", "train/a.png", "train/same.png"]))
      #expect(found?.count == 8)
      try registry.succeed(
        "import-images", folder.path, "--dataset", "back", "--labels",
        folder.path + "/labels.jsonl", "--group-by", "group")
      let difference = try registry.succeed("diff", "--dataset", "odd", "back")
      #expect(difference[count: "unchanged"] == 6, "\(difference)")
    }
  }

  @Test func `a folder that is not empty is refused, and a failure leaves nothing`() throws {
    try Story.withPreparedRegistry { registry in
      let folder = registry.folder.appending(path: "out")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data("mine".utf8).write(to: folder.appending(path: "file"))
      try registry.fail(
        ["export-images", "wolfdog", "--output", folder.path], "output_exists", exitCode: 73)
      try registry.fail(
        ["export-images", "wolfdog", "--output", folder.path + "/file"], "output_exists",
        exitCode: 73)
      try registry.fail(
        ["export-images", "none", "--output", registry.folder.path + "/new"], "unknown_dataset",
        exitCode: 66)
      try FileManager.default.removeItem(at: folder.appending(path: "file"))
      // A damaged image ends the export.
      let digest = try #require(
        registry.succeed("trace", Story.photos.appending(path: "wolfdog/wolf/wolf-039.png").path)[
          text: "digest"])
      let object = registry.folder.appending(
        path: ".registry/objects/\(digest.prefix(2))/\(digest.dropFirst(2))")
      let bytes = try Data(contentsOf: object)
      chmod(object.path, 0o644)
      try Data(bytes.reversed()).write(to: object)
      try registry.fail(
        ["export-images", "wolfdog", "--output", folder.path], "damaged_object", exitCode: 1)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: registry.folder.path).sorted()
          == [".registry", "out"])
      try bytes.write(to: object)
      try registry.succeed("export-images", "wolfdog", "--output", folder.path + "/")
      #expect(try list(folder).count == 80)
    }
  }
}
