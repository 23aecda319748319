import Foundation
import GRDB
import TestSupport
import Testing

struct FrozenClaimTests {
  @Test func `verify names the frozen tensor that is not the base's`() throws {
    try withTemporaryFolder { folder in
      try StoredRegistry.unpack("0001", into: folder)
      let registry = RegistryProcess(folder: folder)
      try registry.succeed("alias", "shapes@1", "production")
      try registry.succeed("verify")
      // A copy of the backbone's group, in which the first tensor is another one, for one version.
      let queue = try DatabaseQueue(
        path: folder.appending(path: ".registry/registry.sqlite").path)
      let name = try queue.write { database -> String? in
        try database.execute(
          sql: """
            DROP TRIGGER model_version_groups_keep;
            INSERT INTO tensor_groups (id, digest, tensor_count)
            SELECT 999, randomblob(32), tensor_count FROM tensor_groups WHERE id = 1;
            INSERT INTO tensor_group_members (group_id, position, name_id, tensor_id)
            SELECT 999, position, name_id, iif(position = 0, (
              SELECT tensor_id FROM tensor_group_members WHERE group_id = 1 AND position = 6),
              tensor_id)
            FROM tensor_group_members WHERE group_id = 1;
            UPDATE model_version_groups SET group_id = 999 WHERE position = 0 AND version_id = (
              SELECT model_versions.id FROM model_versions JOIN models
                ON models.id = model_versions.model_id
              WHERE models.name = 'shapes' AND version = 1);
            """)
        return try String.fetchOne(
          database,
          sql: """
            SELECT name FROM tensor_names JOIN tensor_group_members ON name_id = id
            WHERE group_id = 1 AND position = 0
            """)
      }
      try queue.close()
      let result = try registry.run(["verify", "--json"])
      #expect(result.exitCode == 1)
      let sentences = try #require(try result.json()["contradictions"] as? [String])
      let tensor = try #require(name)
      for version in ["shapes@1", "shapes@2"] {
        #expect(
          sentences.contains(
            "\(version) says that it froze \(tensor), which is not its base's."), "\(sentences)")
      }
      #expect(sentences.count { $0.contains("says that it froze") } == 2)
    }
  }
}
