import Diagnostics
import GRDB
import Testing

@testable import Catalog

struct ImmutabilityTests {
  @Test(arguments: [
    "UPDATE dataset_versions SET seed = 1", "DELETE FROM dataset_versions",
    "UPDATE dataset_items SET label_id = 2 WHERE last_version IS NULL",
    "UPDATE dataset_items SET last_version = NULL WHERE last_version IS NOT NULL",
    "UPDATE dataset_items SET last_version = 9 WHERE last_version IS NOT NULL",
    "DELETE FROM dataset_items", "UPDATE dataset_counts SET image_count = 9",
    "DELETE FROM dataset_counts", "UPDATE tensors SET byte_count = 1",
    "DELETE FROM tensors", "UPDATE tensor_groups SET tensor_count = 9",
    "UPDATE tensor_group_members SET tensor_id = 1", "UPDATE documents SET content = 'x'",
    "DELETE FROM documents", "UPDATE model_versions SET origin = 'imported'",
    "DELETE FROM model_versions", "UPDATE model_version_groups SET position = position + 7",
    "DELETE FROM model_version_groups", "UPDATE model_version_datasets SET position = 7",
    "DELETE FROM model_version_datasets", "UPDATE alias_changes SET name = 'x'",
    "DELETE FROM alias_changes", "UPDATE runs SET state = 'running', ended_at = NULL",
    "DELETE FROM runs", "UPDATE statements SET content = 'x'", "DELETE FROM statements",
    "UPDATE signatures SET signed_at = 1", "DELETE FROM signatures",
    "UPDATE metric_series SET last_value = 1",
    "UPDATE recalls SET reason = 'x'", "DELETE FROM recalls",
    "UPDATE recalls SET undone_at = NULL WHERE undone_at IS NOT NULL",
    "UPDATE run_parameters SET value = 'x'",
    "INSERT INTO run_parameters (run_id, name_id, value) VALUES (1, 99, 'x')",
    "UPDATE metric_points SET value = 1", "DELETE FROM metric_points", "DELETE FROM images",
    "DELETE FROM models", "DELETE FROM datasets", "DELETE FROM packs",
    "INSERT INTO metric_series (run_id, key_id, last_step) VALUES (1, 99, 0)",
    "DELETE FROM deleted_model_versions", "UPDATE deleted_model_versions SET collected_at = NULL",
    "DELETE FROM deleted_dataset_versions", "UPDATE deleted_dataset_versions SET deletion_id = 1",
    "DELETE FROM deleted_runs", "UPDATE deleted_runs SET collected_at = NULL",
  ])
  func `what was recorded is neither changed nor deleted`(sql: String) throws {
    try withCatalog { catalog in
      _ = try catalog.recordImport(
        Sample.dataset("wolfdog", added: [Sample.item("a", "dog"), Sample.item("b", "wolf")]))
      let dataset = try catalog.recordImport(
        Sample.dataset("wolfdog", base: 1, added: [Sample.item("a", "wolf")], removed: ["a"]))
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      let run = try catalog.beginRun(Sample.run())
      _ = try catalog.registerModelVersion(
        Sample.model(
          "wolfdog", base: base, head: "w", datasets: [dataset.id],
          run: RunCompletion(
            run: run.id, state: .finished, metrics: [MetricPoint(key: "a", step: 1, value: 2)])))
      _ = try catalog.setAlias("production", model: "wolfdog", version: 1)
      _ = try catalog.recall(Reference(name: "resnet"), reason: "bad")
      _ = try catalog.undoRecall(Reference(name: "resnet"), reason: nil)
      _ = try catalog.recall(Reference(name: "resnet"), reason: "bad again")
      _ = try catalog.registerModelVersion(Sample.model("fox", head: "f"))
      _ = try catalog.recordImport(Sample.dataset("fox", added: [Sample.item("c", "fox")]))
      _ = try catalog.record(
        [StatementRecord(versionID: base.id, digest: Sample.digest("{}"), content: "{}")],
        signature: SignatureRecord(
          publicKey: [UInt8](repeating: 1, count: 32),
          signature: [UInt8](repeating: 2, count: 64), signedAt: .now()))
      let evaluation = try catalog.beginRun(Sample.run(.evaluate))
      try catalog.endRun(RunCompletion(run: evaluation.id, state: .finished))
      _ = try catalog.delete(
        DeletionRequest(
          subjects: [.model("fox"), .dataset("fox"), .run(evaluation.id)], user: "a@b"),
        isGone: { _ in true })
      _ = try catalog.collectDeleted(isTrial: false, isGone: { _ in true })
      let error = #expect(throws: RegistryError.self) {
        try catalog.write { try $0.execute(sql: sql) }
      }
      #expect(error?.code == .catalogRuleBroken)
    }
  }
}
