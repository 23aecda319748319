import Foundation
import GRDB
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Catalog

struct DatasetChangeTests {
  private func several(_ name: String, _ labels: [String], _ split: Split = .train) -> DatasetItem {
    DatasetItem(
      digest: Sample.digest(name), labels: labels, split: split, sourcePath: "/photos/\(name)",
      perceptualHash: 0xf0f0_1234_5678_9abc)
  }

  private func multiLabel(
    base: Int? = nil, added: [DatasetItem], removed: [String] = []
  ) -> ImageImportDraft {
    var draft = Sample.dataset("d", base: base, added: added, removed: removed)
    draft.isMultiLabel = true
    return draft
  }

  @Test func `an image has several labels, or none, and each is counted`() throws {
    try withCatalog { catalog in
      let first = try catalog.recordImport(
        multiLabel(added: [
          several("a", ["wolf", "dog", "dog"]), several("b", ["dog"], .test), several("c", []),
        ]))
      #expect(first.isMultiLabel && first.imageCount == 3 && first.unlabelledCount == 1)
      #expect(first.labels == ["dog": 2, "wolf": 1])
      #expect(first.labelSplits == ["dog": [.train: 1, .test: 1], "wolf": [.train: 1]])
      #expect(first.splits == [.train: 2, .validation: 0, .test: 1])
      let second = try catalog.recordImport(
        multiLabel(
          base: 1, added: [several("a", ["wolf", "snow", "night"])], removed: ["a", "c"]))
      #expect(second.labels == ["dog": 1, "night": 1, "snow": 1, "wolf": 1])
      #expect(second.unlabelledCount == 0 && second.imageCount == 2)
      #expect(try catalog.items(of: first).map(\.labels) == [[], ["dog", "wolf"], ["dog"]])
      #expect(try catalog.items(of: second).map(\.labels) == [["dog"], ["night", "snow", "wolf"]])
      #expect(try catalog.datasetVersion(Reference(parsing: "d@1")) == first)
      let trace = try catalog.trace(Sample.digest("a"))
      #expect(trace.occurrences.map(\.labels) == [["night", "snow", "wolf"], ["dog", "wolf"]])
    }
  }

  @Test func `labels become independent in a version of its own`() throws {
    try withCatalog { catalog in
      _ = try catalog.recordImport(Sample.dataset("d", added: [Sample.item("a", "dog")]))
      let second = try catalog.recordImport(multiLabel(base: 1, added: []))
      #expect(second.version == 2 && second.isMultiLabel)
      #expect(try catalog.datasetVersion(Reference(parsing: "d@1")).isMultiLabel == false)
    }
  }

  @Test(arguments: [
    "UPDATE dataset_further_labels SET label_id = 1", "DELETE FROM dataset_further_labels",
    "UPDATE dataset_further_counts SET image_count = 9", "DELETE FROM dataset_further_counts",
    "UPDATE dataset_versions SET is_multi_label = 0",
  ])
  func `further labels and their counts are neither changed nor deleted`(sql: String) throws {
    try withCatalog { catalog in
      _ = try catalog.recordImport(multiLabel(added: [several("a", ["dog", "wolf"])]))
      #expect(throws: (any Error).self) { try catalog.write { try $0.execute(sql: sql) } }
    }
  }

  @Test func `what differs between versions is what changed and did not come back`() throws {
    try withCatalog { catalog in
      _ = try catalog.recordImport(
        Sample.dataset("d", added: ["a", "b", "c", "e"].map { Sample.item($0, "dog") }))
      _ = try catalog.recordImport(
        Sample.dataset(
          "d", base: 1, added: [Sample.item("b", "wolf"), Sample.item("f", "dog")],
          removed: ["b", "c"]))
      _ = try catalog.recordImport(
        Sample.dataset(
          "d", base: 2, added: [Sample.item("c", "dog"), Sample.item("a", "dog", .test)],
          removed: ["a", "f"]))
      func version(_ number: Int) throws -> DatasetVersionRecord {
        try catalog.datasetVersion(Reference(parsing: "d@\(number)"))
      }
      let changes = try catalog.changes(from: version(1), to: version(3))
      #expect(changes.before == [Sample.item("a", "dog"), Sample.item("b", "dog")])
      #expect(changes.after == [Sample.item("a", "dog", .test), Sample.item("b", "wolf")])
      let back = try catalog.changes(from: version(3), to: version(1))
      #expect(back.before == changes.after && back.after == changes.before)
      let none = try catalog.changes(from: version(2), to: version(2))
      #expect(none.before.isEmpty && none.after.isEmpty)
    }
  }

  @Test(arguments: [1, 2])
  func `differences of random versions are those of their lists of items`(seed: UInt64) throws {
    try withCatalog { catalog in
      var generator = SeededGenerator(seed: seed)
      for version in 0..<12 {
        let newest = try catalog.newestDatasetVersion(named: "d")
        let present = Set(try newest.map { try catalog.items(of: $0) }?.map(\.digest) ?? [])
        var draft = multiLabel(base: version == 0 ? nil : version, added: [])
        for name in (0..<20).map({ "image\($0)" })
        where Int.random(in: 0..<3, using: &generator) == 0 {
          if present.contains(Sample.digest(name)) { draft.removed.append(Sample.digest(name)) }
          if present.contains(Sample.digest(name)), Bool.random(using: &generator) { continue }
          let labels = ["x", "y", "z"].filter { _ in Bool.random(using: &generator) }
          draft.imageList.append(Sample.image(name))
          draft.itemList.append(
            several(name, labels, Split.allCases.randomElement(using: &generator) ?? .train))
        }
        if draft.itemList.isEmpty && draft.removed.isEmpty {
          draft.itemList = [several("extra", ["x"])]
        }
        draft.imageList += draft.itemList.isEmpty ? [] : [Sample.image("extra")]
        _ = try catalog.recordImport(draft)
      }
      let versions = try catalog.datasetVersions(named: "d")
      for a in versions {
        for b in versions {
          let (first, second) = (Set(try catalog.items(of: a)), Set(try catalog.items(of: b)))
          let changes = try catalog.changes(from: a, to: b)
          #expect(Set(changes.before) == first.subtracting(second))
          #expect(Set(changes.after) == second.subtracting(first))
        }
      }
    }
  }

  @Test func `when the last version is deleted, changes begin from the one before`() throws {
    try withCatalog { catalog in
      _ = try catalog.recordImport(
        Sample.dataset("d", added: [Sample.item("a", "dog", group: "g"), Sample.item("b", "dog")]))
      _ = try catalog.recordImport(
        Sample.dataset("d", base: 1, added: [Sample.item("a", "wolf")], removed: ["a", "b"]))
      _ = try catalog.delete(
        DeletionRequest(subjects: [.dataset("d@2")], isForced: true, user: "ann@lab"),
        isGone: { _ in true })
      let newest = try #require(try catalog.newestDatasetVersion(named: "d"))
      #expect(newest.version == 1)
      let digests = ["a", "b", "c"].map(Sample.digest)
      #expect(
        try catalog.currentItems(of: newest, digests).values.map(\.label).sorted() == [
          "dog", "dog",
        ])
      #expect(try catalog.currentItems(of: newest, path: "/photos/b").count == 1)
      #expect(try catalog.currentItems(of: newest, oneOfEachGroup: ["g"]).count == 1)
      let near = try catalog.currentItems(
        of: newest, withHashesNear: [0xf0f0_1234_5678_9abc], maximumDistance: 3)
      #expect(near.count == 2)
      let third = try catalog.recordImport(
        Sample.dataset("d", base: 1, added: [Sample.item("c", "dog")]))
      #expect(third.version == 3 && third.imageCount == 3)
      #expect(try catalog.changes(from: newest, to: third).after.map(\.digest) == [digests[2]])
    }
  }

  /// A dataset of so many images whose hashes differ much.
  private func large(_ count: Int) -> ImageImportDraft {
    var draft = Sample.dataset("large", added: [])
    for number in 0..<count {
      let image = Sample.image("image \(number)")
      draft.imageList.append(
        ImageRecord(
          digest: image.digest, byteCount: image.byteCount, width: 1, height: 1, format: "png",
          channels: 3, bitDepth: 8, orientation: 1, hasAlpha: false, hasColorProfile: false,
          perceptualHash: hash(number), warning: nil))
      draft.itemList.append(
        DatasetItem(
          digest: image.digest, label: "label \(number % 10)", split: .train,
          sourcePath: "photos/\(number).png", group: "group \(number / 5)"))
    }
    return draft
  }

  private func hash(_ number: Int) -> UInt64 {
    var generator = SeededGenerator(seed: UInt64(number))
    return generator.next()
  }

  @Test func `a change looks at what it changes, whatever the size of the dataset`() throws {
    let (small, large) = (try statements(count: 100), try statements(count: 2000))
    #expect(small == large)
    // Each of them finds items by image, group, path or version: never all of a dataset.
    try withCatalog { catalog in
      for text in Set(large) {
        let plan = try catalog.read { database -> [String] in
          let statement = try database.makeStatement(sql: "EXPLAIN QUERY PLAN " + text)
          statement.setUncheckedArguments([])
          return try Row.fetchAll(statement).map { try $0.decode(String.self, forColumn: "detail") }
        }
        for line in plan where line.contains("dataset_items") {
          let narrows = ["image_id=?", "group_id=?", "source_path=?", "_version>", "_version<"]
          #expect(narrows.contains { line.contains($0) }, "\(text)\n\(line)")
        }
      }
    }
  }

  /// The statements of a change of one image, and of adding another, in a dataset of so many.
  private func statements(count: Int) throws -> [String] {
    let log = Mutex<[String]>([])
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      let version = try CatalogDatabase.create(at: path).recordImport(large(count))
      let catalog = try CatalogDatabase(
        opening: path,
        settings: ConnectionSettings(trace: { text in
          let verbs = ["SELECT", "INSERT", "UPDATE"]
          guard verbs.contains(where: text.hasPrefix), !text.contains("sqlite_master") else {
            return
          }
          log.withLock { $0.append(text) }
        }))
      let digest = Sample.digest("image 7")
      let current = try catalog.currentItems(of: version, [digest])
      #expect(current[digest]?.label == "label 7")
      #expect(try catalog.currentItems(of: version, path: "photos/7.png").count == 1)
      let grouped = try catalog.currentItems(of: version, oneOfEachGroup: ["group 1", "none"])
      #expect(grouped.map(\.group) == ["group 1"])
      let near = try catalog.currentItems(
        of: version, withHashesNear: [hash(7) ^ 0b1001], maximumDistance: 3)
      #expect(near.map(\.digest) == [digest])
      var draft = Sample.dataset("large", base: 1, added: [Sample.item("new", "label 3")])
      draft.itemList.append(
        DatasetItem(digest: digest, label: "label 1", split: .test, sourcePath: "photos/7.png"))
      draft.removed = [digest]
      let made = try catalog.recordImport(draft)
      #expect(made.imageCount == count + 1)
      let changes = try catalog.changes(from: version, to: made)
      #expect(changes.before.count == 1 && changes.after.count == 2)
    }
    return log.withLock { $0 }
  }
}
