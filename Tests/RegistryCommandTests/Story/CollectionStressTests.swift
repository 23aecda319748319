import Foundation
import TestSupport
import Testing

/// Collecting while other processes store the same things, and being killed in it.
@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct CollectionStressTests {
  /// What each process does.
  ///
  /// What one stores another deletes: two importers share a dataset, two derive with the same seed,
  /// so that their heads are the same tensors, and one brings back a model of which the collectors
  /// keep taking the parts that nobody needs.
  private static let workers = [
    """
    for i in 1 2 3; do run import-images PHOTOS/coyote --dataset shared
      run delete --dataset shared --force; done
    """,
    """
    for i in 1 2 3; do run import-images PHOTOS/coyote --dataset shared
      run import-images PHOTOS/coyote --dataset own
      run delete --dataset own --force; done
    """,
    """
    for i in 1 2 3 4; do run derive --from wolfdog --head coyote --name a$i --seed 7
      run export a$i --output a.safetensors --force; run delete a$i; done
    """,
    """
    for i in 1 2 3 4; do run derive --from wolfdog --head coyote --name b$i --seed 7
      run derive --from b$i --head coyote --name c$i --seed 8; run delete b$i --force
      run export c$i --output b.safetensors --force; run delete c$i; done
    """,
    """
    for i in 1 2; do run import-model PRETRAINED --name again; run delete again --force; done
    """,
    """
    for i in 1 2; do run derive --from wolfdog --head wolfdog --name trained$i --train --seed $i
      run evaluate trained$i; done
    """,
    "until [ -e done ]; do run gc; done",
    "until [ -e done ]; do run gc; run verify; done",
  ]

  @Test func `processes that import, derive, train, delete and collect at once lose nothing`()
    throws
  {
    try Story.withPreparedRegistry { registry in
      try registry.succeed("delete", "efficientnet-lite0", "--force")
      let command = try #require(RegistryProcess.executable?.path)
      let functions = """
        run() { "\(command)" "$@" --json >> log-$name 2>&1; echo "$? $*" >> codes-$name; }
        """
      let processes = try Self.workers.enumerated().map { number, text in
        let script = text.replacing("PHOTOS", with: Story.photos.path)
          .replacing("PRETRAINED", with: Story.pretrained.path)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "name=\(number)\n\(functions)\n\(script)"]
        process.currentDirectoryURL = registry.folder
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
      }
      for process in processes.dropLast(2) { process.waitUntilExit() }
      try Data().write(to: registry.folder.appending(path: "done"))
      for process in processes { process.waitUntilExit() }

      for number in Self.workers.indices {
        let codes = try String(
          contentsOf: registry.folder.appending(path: "codes-\(number)"), encoding: .utf8)
        for line in codes.split(separator: "\n") where !line.hasPrefix("0 ") {
          // Two delete the shared dataset: one of them may find it deleted.
          #expect(line.hasPrefix("66 delete --dataset shared"), "\(line)")
        }
      }
      try registry.succeed("gc")
      let verified = try registry.succeed("verify")
      #expect((verified["unreferenced"] as? [String])?.isEmpty == true)
      let models = Set(
        try registry.succeed("models")[list: "models"].compactMap { $0[text: "model"] })
      #expect(models == ["wolfdog", "trained1", "trained2"])
      let image = Story.photos.appending(path: "wolfdog/dog/dog-002.jpg").path
      for model in models { try registry.succeed("predict", model, image) }
      #expect(try registry.folderNames(of: ".registry/objects").allSatisfy { $0.utf8.count == 2 })
    }
  }

  @Test
  func `killed at any moment, a collection leaves a sound registry, and the next does the rest`()
    throws
  {
    try Story.withPreparedRegistry { registry in
      // Only a part of what the model brings is needed, so that its pack is written anew each time.
      try registry.succeed("delete", "efficientnet-lite0", "--force")
      for (round, milliseconds) in [2, 8, 14, 20, 30, 45, 70, 110].enumerated() {
        let name = "killed-\(round)"
        try registry.succeed("import-model", Story.pretrained.path, "--name", "net")
        try registry.succeed("import-images", Story.photos.path, "--dataset", name)
        try registry.succeed("delete", "net", "--dataset", name, "--force")
        let process = try registry.start(["gc"])
        usleep(UInt32(milliseconds) * 1000)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try registry.succeed("verify")
        try registry.succeed("gc")
        let verified = try registry.succeed("verify")
        #expect((verified["unreferenced"] as? [String])?.isEmpty == true)
      }
      #expect(try registry.succeed("datasets")[list: "datasets"].count == 2)
      try registry.succeed("evaluate", "wolfdog")
    }
  }

  @Test func `what killed writers left is collected`() throws {
    try Story.withPreparedRegistry { registry in
      for milliseconds in [20, 40, 60] {
        let process = try registry.start([
          "derive", "--from", "wolfdog", "--head", "coyote", "--train", "--epochs", "3000",
        ])
        usleep(UInt32(milliseconds) * 1000)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
      }
      // As a writer leaves it that was killed between its objects and its rows.
      let folder = registry.folder.appending(path: ".registry/objects")
      let left = folder.appending(path: "tmp-5-dead")
      try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
      try Data(count: 1000).write(to: left.appending(path: "1"))
      let object = folder.appending(path: "00/" + String(repeating: "1", count: 62))
      try FileManager.default.createDirectory(
        at: object.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(count: 500).write(to: object)
      usleep(100_000)
      let freed = try registry.succeed("gc")
      #expect(try #require(freed[count: "temporary_files"]) >= 1)
      #expect(try #require(freed[count: "freed_bytes"]) >= 1500)
      #expect(!FileManager.default.fileExists(atPath: left.path))
      #expect(!FileManager.default.fileExists(atPath: object.path))
      #expect(try registry.succeed("gc")[count: "freed_bytes"] == 0)
    }
  }
}

extension RegistryProcess {
  fileprivate func folderNames(of path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: path).path)
  }
}
