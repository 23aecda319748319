import Diagnostics
import Tensors
import TestSupport
import Testing

@testable import Catalog

struct DatasetVersionTests {
  @Test func `an imported dataset reads back as it was, in a stable order`() throws {
    try withCatalog { catalog in
      var draft = Sample.dataset(
        "wolfdog",
        added: [
          Sample.item("w1", "wolf", .test), Sample.item("odd", "dog", group: "litter"),
          Sample.item("d2", "dog", .validation),
        ])
      draft.files = [Sample.file("w1"), Sample.file("odd")]
      let version = try catalog.recordImport(draft)

      #expect(version.dataset == "wolfdog" && version.version == 1)
      #expect(version.seed == 7 && version.fractions == Sample.fractions)
      #expect(version.imageCount == 3)
      #expect(version.labels == ["dog": 2, "wolf": 1])
      #expect(version.splits == [.train: 1, .validation: 1, .test: 1])
      let items = try catalog.items(of: version)
      #expect(
        items == [
          Sample.item("d2", "dog", .validation), Sample.item("odd", "dog", group: "litter"),
          Sample.item("w1", "wolf", .test),
        ])
      #expect(try catalog.items(of: version, split: .test).map(\.label) == ["wolf"])
      let images = try catalog.images([Sample.digest("odd"), Sample.digest("none")])
      #expect(images == [Sample.digest("odd"): Sample.image("odd")])
      let files = try catalog.rememberedFiles(["/photos/w1", "/photos/none"])
      #expect(files == ["/photos/w1": Sample.file("w1")])
      #expect(try catalog.newestDatasetVersion(named: "wolfdog") == version)
      #expect(try catalog.newestDatasetVersion(named: "coyote") == nil)
      #expect(try catalog.referencedObjects().count == 3)
    }
  }

  @Test func `an import that changes nothing remembers files and makes no version`() throws {
    try withCatalog { catalog in
      let first = try catalog.recordImport(
        Sample.dataset("wolfdog", added: [Sample.item("a", "dog")]))
      var again = Sample.dataset("wolfdog", base: 1, added: [])
      again.files = [Sample.file("a")]
      #expect(try catalog.recordImport(again) == first)
      #expect(try catalog.datasetVersions().count == 1)
      #expect(try catalog.rememberedFiles(["/photos/a"]).count == 1)
    }
  }

  @Test func `adding, removing and relabelling leave older versions as they were`() throws {
    try withCatalog { catalog in
      let first = try catalog.recordImport(
        Sample.dataset(
          "wolfdog", added: ["a", "b", "c"].map { Sample.item($0, "dog") }))
      let old = try catalog.items(of: first)
      let second = try catalog.recordImport(
        Sample.dataset(
          "wolfdog", base: 1, added: [Sample.item("b", "wolf", .test), Sample.item("d", "dog")],
          removed: ["b", "c"]))
      #expect(second.imageCount == 3)
      #expect(second.labels == ["dog": 2, "wolf": 1])
      #expect(
        try catalog.items(of: second).map(\.sourcePath) == ["/photos/a", "/photos/d", "/photos/b"])
      #expect(try catalog.items(of: first) == old)
      #expect(try catalog.datasetVersion(Reference(parsing: "wolfdog@1")) == first)
      let third = try catalog.recordImport(
        Sample.dataset("wolfdog", base: 2, added: [Sample.item("c", "dog")], removed: ["b"]))
      #expect(third.labels == ["dog": 3])
      #expect(try catalog.datasetVersions(named: "wolfdog").map(\.version) == [3, 2, 1])
      let holding = { try catalog.datasetVersions(holding: Sample.digest($0)).map(\.version) }
      #expect(try holding("a") == [3, 2, 1])
      #expect(try holding("b") == [2, 1])
      #expect(try holding("c") == [3, 1])
      #expect(try holding("none") == [])
    }
  }

  @Test func `a version computed from an older one is refused whole`() throws {
    try withCatalog { catalog in
      _ = try catalog.recordImport(Sample.dataset("wolfdog", added: [Sample.item("a", "dog")]))
      for base in [nil, 2] {
        let error = #expect(throws: RegistryError.self) {
          _ = try catalog.recordImport(
            Sample.dataset("wolfdog", base: base, added: [Sample.item("b", "dog")]))
        }
        #expect(error?.code == .datasetChanged)
        #expect(error?.code.category.exitCode == 75)
      }
      #expect(try catalog.images([Sample.digest("b")]).isEmpty)
    }
  }

  @Test func `an image may not stand twice in a version`() throws {
    try withCatalog { catalog in
      _ = try catalog.recordImport(Sample.dataset("wolfdog", added: [Sample.item("a", "dog")]))
      let error = #expect(throws: RegistryError.self) {
        _ = try catalog.recordImport(
          Sample.dataset("wolfdog", base: 1, added: [Sample.item("a", "wolf")]))
      }
      #expect(error?.code == .catalogRuleBroken)
      let absent = #expect(throws: RegistryError.self) {
        _ = try catalog.recordImport(
          Sample.dataset("wolfdog", base: 1, added: [], removed: ["z"]))
      }
      #expect(absent?.code == .catalogRuleBroken)
    }
  }

  @Test func `what is unknown is named with what there is`() throws {
    try withCatalog { catalog in
      for version in 0..<2 {
        _ = try catalog.recordImport(
          Sample.dataset(
            "wolfdog", base: version == 0 ? nil : version,
            added: [Sample.item("\(version)", "dog")]))
      }
      let name = #expect(throws: RegistryError.self) {
        try catalog.datasetVersion(Reference(name: "wolfdgo"))
      }
      #expect(name?.code == .unknownDataset)
      #expect(name?.remedy == "Did you mean wolfdog?")
      let version = #expect(throws: RegistryError.self) {
        try catalog.datasetVersion(Reference(parsing: "wolfdog@7"))
      }
      #expect(version?.code == .unknownDatasetVersion)
      #expect(version?.remedy == "It has versions 1 to 2.")
      let alias = #expect(throws: RegistryError.self) {
        try catalog.datasetVersion(Reference(parsing: "wolfdog@newest"))
      }
      #expect(alias?.code == .unknownDatasetVersion)
    }
  }

  /// An in-memory dataset: what the catalogue must agree with.
  private struct Model {
    var versions: [[Digest: DatasetItem]] = [[:]]
  }

  @Test(arguments: [1, 2, 3])
  func `random changes agree with a model in memory, in every version`(seed: UInt64) throws {
    try withCatalog { catalog in
      var generator = SeededGenerator(seed: seed)
      var model = Model()
      for version in 1...30 {
        var items = model.versions[version - 1]
        var draft = Sample.dataset("d", base: version == 1 ? nil : version - 1, added: [])
        for name in (0..<40).map({ "image\($0)" })
        where Int.random(in: 0..<5, using: &generator) == 0 {
          let digest = Sample.digest(name)
          if items[digest] != nil {
            draft.removed.append(digest)
            items[digest] = nil
            if Bool.random(using: &generator) { continue }
          }
          let item = Sample.item(
            name, "label\(Int.random(in: 0..<4, using: &generator))",
            Split.allCases.randomElement(using: &generator) ?? .train,
            group: Bool.random(using: &generator) ? "g" : nil)
          draft.imageList.append(Sample.image(name))
          draft.itemList.append(item)
          items[digest] = item
        }
        if draft.itemList.isEmpty && draft.removed.isEmpty {
          draft.imageList.append(Sample.image("image\(version)-new"))
          draft.itemList.append(Sample.item("image\(version)-new", "label0"))
          items[draft.itemList[0].digest] = draft.itemList[0]
        }
        #expect(try catalog.recordImport(draft).version == version)
        model.versions.append(items)
      }
      for version in 1...30 {
        let record = try catalog.datasetVersion(Reference(name: "d", selector: .version(version)))
        let expected = model.versions[version]
        let items = try catalog.items(of: record)
        #expect(items.count == expected.count && record.imageCount == expected.count)
        #expect(items.allSatisfy { expected[$0.digest] == $0 })
        #expect(
          record.labels == Dictionary(expected.values.map { ($0.label, 1) }, uniquingKeysWith: +))
        for split in Split.allCases {
          #expect(record.splits[split] == expected.values.count { $0.split == split })
        }
      }
    }
  }
}
