import Diagnostics
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Catalog

struct DeltaTests {
  /// A child of `base` whose backbone differs: the stem's weight is a delta, its bias is whole.
  static func fineTuned(
    _ name: String, of base: ModelVersionRecord, weight: String, deltaOf former: String
  ) -> ModelVersionDraft {
    var draft = Sample.model(name, base: base, head: "head of \(name)")
    draft.tensorGroups[0] = [
      NamedTensor(name: "stem.weight", digest: Sample.digest(weight)),
      NamedTensor(name: "stem.bias", digest: Sample.digest("stem.bias")),
    ]
    draft.packs = [
      PackDraft(
        object: Sample.digest("pack of \(name)"), byteCount: 192,
        tensors: [Sample.packed("head of \(name).weight", 0, 64)],
        deltas: [
          PackedDelta(
            tensor: Sample.packed(weight, 128, 64), byteCount: 20, encoding: "planes",
            base: Sample.digest(former))
        ])
    ]
    return draft
  }

  @Test func `a tensor that is a delta is found with its base`() throws {
    try withCatalog { catalog in
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      let child = try catalog.registerModelVersion(
        Self.fineTuned("tuned", of: base, weight: "tuned.weight", deltaOf: "stem.weight"))
      let tensors = try catalog.tensors(of: child)
      #expect(tensors.map(\.name) == ["stem.weight", "stem.bias", "head.weight"])
      #expect(tensors[0].digest == Sample.digest("tuned.weight"))
      // The bytes of the base, and what is to be added to them.
      #expect(tensors[0].object == Sample.digest("pack of resnet head"))
      #expect(tensors[0].byteOffset == 0 && tensors[0].byteCount == 64)
      #expect(
        tensors[0].delta
          == DeltaLocation(
            base: Sample.digest("stem.weight"), object: Sample.digest("pack of tuned"),
            byteOffset: 128, byteCount: 20, encoding: "planes"))
      #expect(tensors[1].delta == nil && tensors[2].delta == nil)

      let packed = try catalog.packDeltas(Sample.digest("pack of tuned"))
      #expect(packed.map(\.digest) == [Sample.digest("tuned.weight")])
      #expect(packed.map(\.delta) == [tensors[0].delta])
      #expect(try catalog.packsWithDeltas() == [Sample.digest("pack of tuned")])
      #expect(
        try catalog.tensors(deltasOf: [Sample.digest("stem.weight"), Sample.digest("stem.bias")])
          == [Sample.digest("tuned.weight")])
      #expect(
        try catalog.knownTensors([Sample.digest("tuned.weight")])
          == [Sample.digest("tuned.weight")])
    }
  }

  @Test func `a tensor that lies somewhere as a whole is read from there`() throws {
    try withCatalog { catalog in
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      let child = try catalog.registerModelVersion(
        Self.fineTuned("tuned", of: base, weight: "tuned.weight", deltaOf: "stem.weight"))
      var again = Sample.model("again", head: "tuned")
      again.packs[0].tensors[2] = Sample.packed("tuned.weight", 128, 64)
      _ = try catalog.registerModelVersion(again)
      let tensor = try catalog.tensors(of: child)[0]
      #expect(tensor.digest == Sample.digest("tuned.weight") && tensor.delta == nil)
      #expect(tensor.object == Sample.digest("pack of again tuned") && tensor.byteOffset == 128)
      #expect(try catalog.tensors(deltasOf: [Sample.digest("stem.weight")]) == [])
    }
  }

  @Test func `no delta is taken against a delta, or against what is not there`() throws {
    try withCatalog { catalog in
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      let child = try catalog.registerModelVersion(
        Self.fineTuned("tuned", of: base, weight: "tuned.weight", deltaOf: "stem.weight"))
      for former in ["tuned.weight", "unknown.weight"] {
        let error = #expect(throws: RegistryError.self) {
          try catalog.registerModelVersion(
            Self.fineTuned("second", of: child, weight: "second.weight", deltaOf: former))
        }
        #expect(error?.code == .collectedMeanwhile)
        #expect(try catalog.modelExists("second") == false)
      }
    }
  }

  @Test(arguments: [
    "UPDATE tensor_deltas SET byte_offset = 0", "DELETE FROM tensor_locations",
    "DELETE FROM tensor_locations WHERE tensor_id = 1",
    "INSERT INTO tensor_deltas SELECT base_id, pack_id, tensor_id, encoding, 0, 1 FROM tensor_deltas",
    "INSERT INTO tensor_deltas SELECT base_id, pack_id, base_id, encoding, 0, 1 FROM tensor_deltas",
  ])
  func `a delta stays, and its base stays whole`(sql: String) throws {
    try withCatalog { catalog in
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      _ = try catalog.registerModelVersion(
        Self.fineTuned("tuned", of: base, weight: "tuned.weight", deltaOf: "stem.weight"))
      let error = #expect(throws: RegistryError.self) {
        try catalog.write { try $0.execute(sql: sql) }
      }
      #expect(error?.code == .catalogRuleBroken)
    }
  }

  @Test func `the base of a delta is needed as long as the delta is`() throws {
    try withCatalog { catalog in
      // The base's own version is collected; its child needs the weight of its stem all the same.
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      _ = try catalog.registerModelVersion(
        Self.fineTuned("tuned", of: base, weight: "tuned.weight", deltaOf: "stem.weight"))
      try catalog.write {
        try $0.execute(
          sql: """
            INSERT INTO deletions (id, deleted_at, deleted_by) VALUES (1, 1, 'a@b');
            INSERT INTO deleted_model_versions (version_id, deletion_id, collected_at)
            VALUES (1, 1, 1)
            """)
      }
      let needed = try catalog.read { database in
        try database.all(
          """
          SELECT digest FROM tensors WHERE id IN (SELECT tensor_id FROM needed_tensors) ORDER BY id
          """
        ) { try $0.nextDigest() }
      }
      let names = ["stem.weight", "stem.bias", "head of tuned.weight", "tuned.weight"]
      #expect(Set(needed) == Set(names.map { Sample.digest($0) }))
      #expect(
        try catalog.storageTotals()[.modelVersion] == StorageTotal(count: 1, byteCount: 192))
      #expect(try catalog.modelStorage(limit: 9).map(\.model) == ["tuned"])
    }
  }

  @Test func `what is stored is added up as it comes and goes`() throws {
    try withCatalog { catalog in
      #expect(try catalog.storageTotals().values.allSatisfy { $0 == StorageTotal() })
      #expect(try catalog.storageTotals().count == StorageTotal.Kind.allCases.count)
      _ = try catalog.recordImport(
        Sample.dataset("wolfdog", added: [Sample.item("a", "dog"), Sample.item("bb", "wolf")]))
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      _ = try catalog.registerModelVersion(
        Self.fineTuned("tuned", of: base, weight: "tuned.weight", deltaOf: "stem.weight"))
      let run = try catalog.beginRun(Sample.run())
      for bytes in [100, 30] {
        try catalog.saveCheckpoint(
          CheckpointRecord(object: Sample.digest("c\(bytes)"), byteCount: bytes, step: 1),
          of: run.id)
      }
      var totals = try catalog.storageTotals()
      #expect(totals[.image] == StorageTotal(count: 2, byteCount: 2003))
      #expect(totals[.pack] == StorageTotal(count: 2, byteCount: 384))
      #expect(totals[.checkpoint] == StorageTotal(count: 1, byteCount: 30))
      #expect(totals[.modelVersion] == StorageTotal(count: 2, byteCount: 384))
      try catalog.removeCheckpoint(of: run.id)
      totals = try catalog.storageTotals()
      #expect(totals[.checkpoint] == StorageTotal())

      _ = try catalog.registerModelVersion(Sample.model("resnet", head: "other"))
      let models = try catalog.modelStorage(limit: 10)
      #expect(models.map(\.model) == ["tuned", "resnet"])
      #expect(models.map(\.versionCount) == [1, 2] && models.map(\.ownByteCount) == [192, 384])
      #expect(models[0].sharedByteCount == 128 && models[0].separateByteCount == 192)
      #expect(try catalog.modelStorage(limit: 1).map(\.model) == ["tuned"])
    }
  }

  @Test(arguments: [
    ("UPDATE tensor_deltas SET byte_count = 900", "delta reaches beyond its pack"),
    ("UPDATE tensor_deltas SET base_id = 3 - base_id", "of another form"),
    ("DELETE FROM tensor_locations WHERE tensor_id = 1", "not stored as a whole"),
    ("DELETE FROM tensor_deltas", "in no pack"),
    ("UPDATE storage_totals SET row_count = 7 WHERE kind = 'image'", "added up"),
    ("DELETE FROM storage_totals WHERE kind = 'pack'", "added up"),
  ])
  func `a delta that cannot be is named`(sql: String, sentence: String) throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      let catalog = try CatalogDatabase.create(at: path)
      var resnet = Sample.model("resnet")
      // Another form than that of the weight, which is tensor 1.
      resnet.packs[0].tensors[1] = Sample.packed("stem.bias", 64, 32)
      let base = try catalog.registerModelVersion(resnet)
      _ = try catalog.registerModelVersion(
        Self.fineTuned("tuned", of: base, weight: "tuned.weight", deltaOf: "stem.weight"))
      #expect(try catalog.contradictions() == [])
      try DatabaseQueue(path: path).write { database in
        for name in try String.fetchAll(
          database, sql: "SELECT name FROM sqlite_master WHERE type = 'trigger'")
        { try database.execute(sql: "DROP TRIGGER \(name)") }
        try database.execute(sql: sql)
      }
      let found = try catalog.contradictions()
      #expect(found.contains { $0.contains(sentence) }, "\(found)")
    }
  }
}
