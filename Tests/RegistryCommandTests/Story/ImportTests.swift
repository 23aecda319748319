import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct ImportTests {
  private func counts(_ answer: [String: Any]) -> [String: Int] {
    answer["images"] as? [String: Int] ?? [:]
  }

  @Test func `the same folder again adds no bytes and no version`() throws {
    try Story.withPreparedRegistry { registry in
      let before = try registry.contents()
      let again = try registry.succeed(
        "import-images", Story.photos.appending(path: "wolfdog").path, "--dataset", "wolfdog")
      #expect(again[count: "version"] == 1)
      #expect(counts(again) == ["added": 0, "already_stored": 80, "duplicates": 0, "rejected": 0])
      #expect(try registry.contents() == before)
    }
  }

  @Test func `one more photo is one more version, and only it is read`() throws {
    try Story.withPreparedRegistry { registry in
      let photos = registry.folder.appending(path: "photos")
      try FileManager.default.copyItem(at: Story.photos.appending(path: "wolfdog"), to: photos)
      let first = try registry.succeed("import-images", photos.path, "--dataset", "mine")
      #expect(counts(first)["already_stored"] == 80)
      // Broken behind its back, with length, time and inode as they were: who reads it, rejects it.
      try spoil(photos.appending(path: "dog/dog-001.png"))
      let extra = photos.appending(path: "dog/one-more.png")
      try FileManager.default.copyItem(
        at: Story.photos.appending(path: "coyote/jackal/jackal-001.png"), to: extra)
      let second = try registry.succeed("import-images", photos.path, "--dataset", "mine")
      #expect(second[count: "version"] == 2)
      #expect(second[list: "rejected"].isEmpty)
      #expect(second["labels"] as? [String: Int] == ["dog": 41, "wolf": 40])
      let versions = try registry.succeed("datasets")[list: "datasets"]
        .filter { $0[text: "dataset"] == "mine" }
      #expect(versions.map { $0[count: "images"] } == [81, 80])
      #expect(try registry.succeed("datasets", "mine@1")[count: "images"] == 80)
    }
  }

  /// Overwrites the bytes of a file and leaves everything else of it as it was.
  private func spoil(_ file: URL) throws {
    var status = stat()
    try #require(stat(file.path, &status) == 0)
    let handle = try FileHandle(forUpdating: file)
    try handle.write(contentsOf: Data(count: Int(status.st_size)))
    try handle.close()
    let times = [status.st_atim, status.st_mtim]
    try #require(utimensat(AT_FDCWD, file.path, times, 0) == 0)
  }

  @Test func `a changed file is read again though its name is the same`() throws {
    try Story.withPreparedRegistry { registry in
      let folder = registry.folder.appending(path: "photos/dog")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let file = folder.appending(path: "a.png")
      let sources = ["wolfdog/dog/dog-001.png", "wolfdog/dog/dog-003.png"].map {
        Story.photos.appending(path: $0)
      }
      for (index, source) in sources.enumerated() {
        try? FileManager.default.removeItem(at: file)
        try FileManager.default.copyItem(at: source, to: file)
        let answer = try registry.succeed(
          "import-images", folder.deletingLastPathComponent().path, "--dataset", "changing")
        #expect(answer[count: "version"] == index + 1)
        #expect(answer["labels"] as? [String: Int] == ["dog": index + 1])
      }
    }
  }

  @Test func `bad files are left out and listed with their reasons, or refused when strict`()
    throws
  {
    try Story.withPreparedRegistry { registry in
      let hard = Places.fixtures.appending(path: "images-hard").path
      let strict = try registry.fail(
        ["import-images", hard, "--dataset", "hard", "--strict"], "rejected_images", exitCode: 65)
      #expect(strict[text: "message"]?.contains("/images-hard/") == true)
      let answer = try registry.succeed("import-images", hard, "--dataset", "hard")
      let rejected = Dictionary(
        uniqueKeysWithValues: answer[list: "rejected"].map {
          (URL(filePath: $0[text: "path"] ?? "").lastPathComponent, $0[text: "reason"] ?? "")
        })
      #expect(rejected["empty.jpg"] == "The file is empty.")
      #expect(rejected["text.jpg"] == "The file is neither a PNG nor a JPEG image.")
      #expect(rejected["truncated-half.jpg"] == "The image ends before its last row.")
      #expect(rejected["absurd-size.png"]?.contains("at most 100000000") == true)
      #expect(rejected["corrupt-entropy.jpg"]?.isEmpty == false)
      #expect(rejected["png-named.jpg"] == nil)
      #expect(rejected["README.md"] == nil)
      #expect(counts(answer)["rejected"] == rejected.count)
      #expect(counts(answer)["added"]! > 25)
    }
  }

  @Test func `folders named train, val and test decide the split`() throws {
    try Story.withPreparedRegistry { registry in
      let root = registry.folder.appending(path: "split")
      for (split, numbers) in [("train", [1, 3, 5]), ("val", [7]), ("test", [9, 11])] {
        for label in ["dog", "wolf"] {
          let folder = root.appending(path: "\(split)/\(label)")
          try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
          for number in numbers {
            let name = String(format: "%@-%03d.png", label, number)
            try FileManager.default.copyItem(
              at: Story.photos.appending(path: "wolfdog/\(label)/\(name)"),
              to: folder.appending(path: name))
          }
        }
      }
      let answer = try registry.succeed("import-images", root.path, "--dataset", "split")
      #expect(answer["splits"] as? [String: Int] == ["train": 6, "validation": 2, "test": 4])
      #expect(answer["labels"] as? [String: Int] == ["dog": 6, "wolf": 6])
    }
  }

  @Test func `a label file says labels, splits and groups`() throws {
    try Story.withPreparedRegistry { registry in
      let listing = registry.folder.appending(path: "labels.csv")
      let photos = Story.photos.path
      try Data(
        """
        path,label,split,pack
        \(photos)/wolfdog/dog/dog-001.png,"pet, small",train,a
        \(photos)/wolfdog/dog/dog-003.png,"pet, small",,b
        \(photos)/wolfdog/wolf/wolf-001.png,wild,test,c
        \(photos)/wolfdog/wolf/nowhere.png,wild,test,c

        """.utf8
      ).write(to: listing)
      let answer = try registry.succeed(
        "import-images", photos, "--dataset", "listed", "--labels", listing.path,
        "--group-by", "pack")
      #expect(answer["labels"] as? [String: Int] == ["pet, small": 2, "wild": 1])
      #expect(answer[list: "rejected"].count == 1)
      #expect(answer[list: "rejected"].first?[text: "reason"]?.contains("Line 5") == true)
    }
  }

  @Test func `two imports at once into one dataset both arrive whole`() throws {
    try Story.withPreparedRegistry { registry in
      let folders = ["wolfdog/dog", "wolfdog/wolf", "coyote/coyote", "coyote/jackal"]
      let processes = try folders.map { folder in
        try registry.start([
          "import-images", Story.photos.appending(path: folder).path, "--dataset", "all", "--json",
        ])
      }
      for process in processes {
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
      }
      let all = try registry.succeed("datasets", "all")
      #expect(all[count: "version"] == 4)
      #expect(
        all["labels"] as? [String: Int] == ["dog": 40, "wolf": 40, "coyote": 40, "jackal": 40])
    }
  }
}
