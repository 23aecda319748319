import Foundation
import TestSupport
import Testing

struct BackupTests {
  @Test func `a backup is a registry with all that the other has, and is brought up to date`()
    throws
  {
    try withTemporaryFolder { folder in
      try StoredRegistry.unpack("0001", into: folder)
      let registry = RegistryProcess(folder: folder)
      try registry.succeed("derive", "--from", "base", "--head", "shapes", "--name", "child")
      let first = try registry.succeed("backup", "copy")
      #expect(first[count: "objects"]! > 50)
      #expect(first[count: "objects_added"] == first[count: "objects"])
      for command in [["models"], ["datasets"], ["runs"], ["lineage", "base"], ["storage"]] {
        let (here, there) = (
          try registry.run(command + ["--json"]),
          try registry.run(command + ["--json", "--registry", "copy"])
        )
        #expect(there.exitCode == 0 && there.standardOutput == here.standardOutput, "\(command)")
      }
      let verified = try registry.succeed("verify", "--registry", "copy")
      #expect(verified["unreferenced"] as? [String] == [])

      try registry.succeed(
        "derive", "--from", "base", "--head", "shapes", "--name", "later", "--train", "--epochs",
        "2")
      let second = try registry.succeed("backup", "copy")
      #expect((1...3).contains(try #require(second[count: "objects_added"])))
      let models = try registry.succeed("models", "--registry", "copy")[list: "models"]
      #expect(models.first?[text: "model"] == "later")
      // What is lost here is found there.
      try registry.succeed("verify", "--registry", "copy")
      try registry.succeed("train", "later", "--epochs", "2", "--registry", "copy")
    }
  }

  @Test func `a backup never takes the place of something else`() throws {
    try withTemporaryFolder { folder in
      let registry = RegistryProcess(folder: folder)
      try registry.succeed("init")
      try registry.succeed("init", "other")
      try Data("x".utf8).write(to: folder.appending(path: "file"))
      for target in ["other/.registry", ".", ".registry", ".registry/inside"] {
        try registry.fail(["backup", target], "not_a_backup", exitCode: 73)
      }
      try registry.succeed("verify")
      try registry.succeed("verify", "--registry", "other")
    }
  }

  @Test func `what is damaged is told and left out, and the rest is copied`() throws {
    try withTemporaryFolder { folder in
      try StoredRegistry.unpack("0001", into: folder)
      let registry = RegistryProcess(folder: folder)
      let intact = try registry.succeed("backup", "whole")
      let objects = folder.appending(path: ".registry/objects")
      let files = try FileManager.default.subpathsOfDirectory(atPath: objects.path)
        .filter { $0.split(separator: "/").last.map { $0.utf8.count == 62 } ?? false }.sorted()
      let (damaged, lost) = (objects.appending(path: files[0]), objects.appending(path: files[1]))
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: damaged.path)
      var data = try Data(contentsOf: damaged)
      data[data.count / 2] ^= 1
      try data.write(to: damaged)
      try FileManager.default.removeItem(at: lost)
      let result = try registry.run(["backup", "copy", "--json"])
      #expect(result.exitCode == 1)
      let answer = try #require(
        try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any])
      #expect((answer["corrupt"] as? [String])?.count == 1)
      #expect((answer["missing"] as? [String])?.count == 1)
      #expect(answer["objects_added"] as? Int == intact[count: "objects"].map { $0 - 2 })
      // An earlier backup has what is lost.
      try registry.succeed("backup", "whole")
      try registry.succeed("verify", "--registry", "whole")
    }
  }
}
