import Foundation
import GRDB
import TestSupport
import Testing

@testable import Catalog

struct ContradictionTests {
  @Test(arguments: [
    ("UPDATE dataset_versions SET version = 3 WHERE version = 2", "numbered from 1"),
    ("UPDATE dataset_versions SET image_count = 9 WHERE version = 1", "as many images"),
    ("UPDATE dataset_counts SET label_id = 3 - label_id WHERE last_version IS NULL", "was counted"),
    ("UPDATE dataset_items SET last_version = 2 WHERE last_version = 1", "stands twice"),
    ("UPDATE packs SET byte_count = 100", "beyond its pack"),
    ("DELETE FROM tensor_locations", "in no pack"),
    ("DELETE FROM model_version_groups", "no tensors"),
    ("UPDATE tensor_group_members SET name_id = 1", "two tensors of one name"),
    (
      "UPDATE tensor_group_members SET name_id = 1 WHERE group_id = 2", "two tensors of one name"
    ),
    ("UPDATE runs SET state = 'failed'", "not finished"),
    ("UPDATE aliases SET version_id = 1", "another model"),
    ("UPDATE alias_changes SET version_id = 1", "last moved to"),
    (
      "INSERT INTO deletions VALUES (1, 0, 'a'); "
        + "INSERT INTO deleted_model_versions VALUES (2, 1, NULL)", "version that is deleted"
    ),
    ("INSERT INTO collected_images VALUES (1, 0)", "image of a dataset was collected"),
    ("INSERT INTO tags VALUES ('run', 99, 'a', 'b')", "about nothing"),
    ("INSERT INTO notes VALUES ('dataset', 99, 'a', 0)", "about nothing"),
    ("UPDATE metric_series SET last_value = 7", "not the one noted"),
    ("UPDATE metric_series SET last_step = 0", "not the one noted"),
    ("UPDATE documents SET content = content || ' ' WHERE id = 1", "document"),
    ("UPDATE tensor_groups SET tensor_count = 7 WHERE id = 1", "group of tensors"),
    ("UPDATE metric_series SET least_value = 1", "least or the greatest"),
    ("UPDATE metric_series SET greatest_value = NULL", "least or the greatest"),
    ("DELETE FROM recalled_versions WHERE version_id = 2", "recalls of its ancestors"),
    ("UPDATE recalls SET undone_at = recalled_at", "recalls of its ancestors"),
    ("DELETE FROM images", "points to nothing"),
    (
      "PRAGMA ignore_check_constraints = 1; UPDATE model_versions SET base_id = 2 WHERE id = 2",
      "CHECK"
    ),
  ])
  func `a record that cannot be is named`(sql: String, sentence: String) throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      let catalog = try CatalogDatabase.create(at: path)
      _ = try catalog.recordImport(
        Sample.dataset(
          "wolfdog", added: [Sample.item("a", "dog"), Sample.item("b", "wolf", .test)]))
      let dataset = try catalog.recordImport(
        Sample.dataset("wolfdog", base: 1, added: [Sample.item("a", "wolf")], removed: ["a"]))
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      let run = try catalog.beginRun(Sample.run())
      _ = try catalog.registerModelVersion(
        Sample.model(
          "wolfdog", base: base, head: "w", datasets: [dataset.id],
          run: RunCompletion(
            run: run.id, state: .finished,
            metrics: [0, 1].map { MetricPoint(key: "a", step: $0, value: 2) })))
      _ = try catalog.setAlias("production", model: "wolfdog", version: 1)
      _ = try catalog.recall(Reference(name: "resnet"), reason: "bad")
      #expect(try catalog.contradictions() == [])
      // Somebody with another program, who cares for no rule.
      var configuration = Configuration()
      configuration.foreignKeysEnabled = false
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.write { database in
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
