import Diagnostics
import Testing

@testable import Catalog

struct ModelVersionTests {
  @Test func `a registered version reads back as it was`() throws {
    try withCatalog { catalog in
      let dataset = try catalog.recordImport(
        Sample.dataset("wolfdog", added: [Sample.item("a", "dog")]))
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      let run = try catalog.beginRun(Sample.run(base: base.id, datasets: [dataset.id]))
      let child = try catalog.registerModelVersion(
        Sample.model(
          "wolfdog", base: base, head: "wolfdog", datasets: [dataset.id],
          run: RunCompletion(
            run: run.id, state: .finished,
            metrics: [MetricPoint(key: "test_accuracy", step: 3, value: 0.97)])))

      #expect(child.model == "wolfdog")
      #expect(child.version == 1)
      #expect(child.origin == .derived)
      #expect(child.base == NamedVersion(id: base.id, name: "resnet", version: 1))
      #expect(child.head == #"{"name":"wolfdog"}"#)
      #expect(child.labels == #"["dog","wolf"]"#)
      #expect(child.freezePlan == #"{"stem":"frozen"}"#)
      #expect(child.parameterCount == 48)
      #expect(child.sharedBytes == 128 && child.newBytes == 64 && child.ownByteCount == 192)
      #expect(child.runID == run.id)
      #expect(child.datasets == [dataset.reference])
      #expect(try catalog.modelVersion(Reference(parsing: "wolfdog")) == child)
      #expect(try catalog.modelVersion(id: child.id) == child)

      let tensors = try catalog.tensors(of: child)
      #expect(tensors.map(\.name) == ["stem.weight", "stem.bias", "head.weight"])
      #expect(tensors[0].object == Sample.digest("pack of resnet head"))
      #expect(tensors[2].object == Sample.digest("pack of wolfdog wolfdog"))
      #expect(tensors[2].byteOffset == 128 && tensors[2].byteCount == 64)
      #expect(tensors[2].shape == [16] && tensors[2].scalarType == "F32")

      let ended = try catalog.run(run.id)
      #expect(ended.state == .finished)
      #expect(ended.produced == child.reference)
      #expect(try catalog.lastMetrics(of: run.id) == ["test_accuracy": 0.97])
    }
  }

  @Test func `shared groups and texts are stored once`() throws {
    try withCatalog { catalog in
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      for head in 0..<20 {
        _ = try catalog.registerModelVersion(
          Sample.model("child", base: base, head: "head\(head)"))
      }
      let count = { (table: String) in
        try catalog.read { try $0.number("SELECT count(*) FROM \(table)") }
      }
      #expect(try count("tensor_groups") == 22)
      #expect(try count("tensor_group_members") == 23)
      #expect(try count("tensor_names") == 3)
      #expect(try count("documents") == 5 + 21)
    }
  }

  @Test func `versions are numbered from one, and pages hold them newest first`() throws {
    try withCatalog { catalog in
      for version in 1...5 {
        #expect(try catalog.registerModelVersion(Sample.model("a")).version == version)
        #expect(try catalog.registerModelVersion(Sample.model("b")).version == version)
      }
      let all = try catalog.modelVersions()
      #expect(all.map(\.id) == (1...10).reversed())
      let first = try catalog.modelVersions(named: "a", limit: 2)
      #expect(first.map(\.version) == [5, 4])
      let second = try catalog.modelVersions(named: "a", limit: 2, before: first.last?.id)
      #expect(second.map(\.version) == [3, 2])
      #expect(try catalog.modelVersions(limit: 3, before: 4).map(\.id) == [3, 2, 1])
      #expect(try catalog.modelVersions(named: "none") == [])
      #expect(try catalog.modelExists("a"))
      #expect(try catalog.modelExists("c") == false)
    }
  }

  @Test func `a new model may not take the name of another`() throws {
    try withCatalog { catalog in
      _ = try catalog.registerModelVersion(Sample.model("wolfdog", mustBeNew: true))
      let error = #expect(throws: RegistryError.self) {
        _ = try catalog.registerModelVersion(Sample.model("wolfdog", mustBeNew: true))
      }
      #expect(error?.code == .modelExists)
      #expect(error?.remedy?.contains("--new-version") == true)
      #expect(try catalog.modelVersions().count == 1)
    }
  }

  @Test func `what is unknown is named with what there is`() throws {
    try withCatalog { catalog in
      let none = #expect(throws: RegistryError.self) {
        try catalog.modelVersion(Reference(name: "wolfdog"))
      }
      #expect(none?.code == .unknownModel)
      for _ in 1...3 { _ = try catalog.registerModelVersion(Sample.model("wolfdog")) }
      _ = try catalog.setAlias("production", model: "wolfdog", version: 2)

      let misspelt = #expect(throws: RegistryError.self) {
        try catalog.modelVersion(Reference(name: "wolfdgo"))
      }
      #expect(misspelt?.code == .unknownModel)
      #expect(misspelt?.remedy == "Did you mean wolfdog?")
      let version = #expect(throws: RegistryError.self) {
        try catalog.modelVersion(Reference(parsing: "wolfdog@9"))
      }
      #expect(version?.code == .unknownModelVersion)
      #expect(version?.remedy == "It has versions 1 to 3.")
      let alias = #expect(throws: RegistryError.self) {
        try catalog.modelVersion(Reference(parsing: "wolfdog@staging"))
      }
      #expect(alias?.code == .unknownAlias)
      #expect(alias?.remedy == "Known names: production.")
      #expect(throws: RegistryError.self) { try catalog.modelVersion(id: 99) }
    }
  }

  @Test func `a tensor in no pack is refused, and nothing stays of the version`() throws {
    try withCatalog { catalog in
      var draft = Sample.model("wolfdog")
      draft.packs = []
      let error = #expect(throws: RegistryError.self) {
        _ = try catalog.registerModelVersion(draft)
      }
      #expect(error?.code == .catalogRuleBroken)
      let exists = try catalog.modelExists("wolfdog")
      #expect(!exists)
    }
  }

  @Test func `damage of a pack leads to the versions and the names of their tensors`() throws {
    try withCatalog { catalog in
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      let child = try catalog.registerModelVersion(
        Sample.model("wolfdog", base: base, head: "wolfdog"))
      let packed = try catalog.packTensors(Sample.digest("pack of resnet head"))
      #expect(packed.map(\.byteOffset) == [0, 64, 128])
      let uses = try catalog.versions(usingTensors: packed.map(\.digest))
      #expect(uses.map(\.version.id) == [base.id, child.id])
      #expect(
        uses.map(\.tensorNames) == [
          ["stem.weight", "stem.bias", "head.weight"], ["stem.weight", "stem.bias"],
        ])
      let known = try catalog.knownTensors([Sample.digest("stem.bias"), Sample.digest("none")])
      #expect(known == [Sample.digest("stem.bias")])
    }
  }

  @Test func `two packs with one tensor are both known, and it is read from one`() throws {
    try withCatalog { catalog in
      let first = try catalog.registerModelVersion(Sample.model("a"))
      var draft = Sample.model("b")
      draft.packs = [
        PackDraft(
          object: Sample.digest("other pack"), byteCount: 192,
          tensors: draft.packs[0].tensors)
      ]
      let second = try catalog.registerModelVersion(draft)
      let tensors = try catalog.tensors(of: first)
      #expect(try catalog.tensors(of: second) == tensors)
      #expect(try catalog.packTensors(Sample.digest("other pack")).count == 3)
      #expect(try catalog.referencedObjects().map(\.kind) == [.pack, .pack])
    }
  }

  @Test func `a name with a null character is refused, not cut`() throws {
    try withCatalog { catalog in
      var draft = Sample.model("wolfdog")
      draft.tensorGroups[1] = [
        NamedTensor(name: "head\u{0}.weight", digest: Sample.digest("head.weight"))
      ]
      let changes: [() throws -> Void] = [
        { _ = try catalog.registerModelVersion(draft) },
        {
          _ = try catalog.recordImport(
            Sample.dataset("wolfdog", added: [Sample.item("a", "dog\u{0}wolf")]))
        },
      ]
      for change in changes {
        let error = #expect(throws: RegistryError.self) { try change() }
        #expect(error?.code == .nullInText)
        #expect(error?.message.utf8.contains(0) == false)
      }
    }
  }
}
