import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct DamageTests {
  /// The objects of the registry, the longest first.
  private func objects(of registry: RegistryProcess) throws -> [(file: URL, bytes: Int)] {
    let folder = registry.folder.appending(path: ".registry/objects")
    let files = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.fileSizeKey]))
    return try files.compactMap { $0 as? URL }.filter { !$0.hasDirectoryPath }
      .map { ($0, try $0.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0) }
      .sorted { $0.1 > $1.1 }
  }

  private func digest(of file: URL) -> String {
    file.deletingLastPathComponent().lastPathComponent + file.lastPathComponent
  }

  /// Where the data of a safetensors file begin: behind the length of its header and the header.
  private func firstTensor(of file: URL) throws -> Int {
    8 + (try Data(contentsOf: file).prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) })
  }

  private func flipBit(at offset: Int, of file: URL) throws {
    var data = try Data(contentsOf: file)
    data[offset] ^= 4
    try FileManager.default.removeItem(at: file)
    try data.write(to: file)
  }

  private func verify(_ registry: RegistryProcess) throws -> [String: Any] {
    let result = try registry("verify", "--json")
    #expect(result.exitCode == 1)
    return try result.json()
  }

  @Test func `one flipped bit of a pack names the object, the models and the layers`() throws {
    try Story.withPreparedRegistry(isSoundAfterwards: false) { registry in
      let pack = try #require(try objects(of: registry).first).file
      try flipBit(at: try firstTensor(of: pack) + 100, of: pack)
      let answer = try verify(registry)
      let damaged = try #require(answer[list: "corrupt"].first)
      #expect(answer[list: "corrupt"].count == 1)
      #expect(damaged[text: "object"] == digest(of: pack))
      #expect(damaged[text: "kind"] == "pack")
      #expect(Set(damaged["models"] as? [String] ?? []) == ["efficientnet-lite0@1", "wolfdog@1"])
      #expect(damaged["layers"] as? [String] == ["_conv_stem"])
      let people = try registry("verify")
      #expect(people.exitCode == 1)
      for word in [String(digest(of: pack).prefix(12)), "wolfdog@1", "_conv_stem"] {
        #expect((people.standardOutput + people.standardError).contains(word))
      }
    }
  }

  @Test func `one flipped bit of an image names the datasets that hold it`() throws {
    try Story.withPreparedRegistry(isSoundAfterwards: false) { registry in
      let image = try #require(try objects(of: registry).dropFirst().first).file
      try flipBit(at: 1000, of: image)
      let damaged = try #require(try verify(registry)[list: "corrupt"].first)
      #expect(damaged[text: "object"] == digest(of: image))
      #expect(damaged[text: "kind"] == "image")
      let datasets = try #require(damaged["datasets"] as? [String])
      #expect(datasets == ["wolfdog@1"] || datasets == ["coyote@1"])
    }
  }

  @Test func `a missing pack is named, and what needs it says so`() throws {
    try Story.withPreparedRegistry(isSoundAfterwards: false) { registry in
      let pack = try #require(try objects(of: registry).first).file
      try FileManager.default.removeItem(at: pack)
      let missing = try #require(try verify(registry)[list: "missing"].first)
      #expect(missing[text: "object"] == digest(of: pack))
      #expect((missing["layers"] as? [String])?.count == 99)
      let result = try registry(
        "derive", "--from", "wolfdog", "--head", "coyote", "--json")
      #expect(result.exitCode == 1)
      #expect(try result.error()[text: "code"] == "missing_object")
    }
  }

  @Test func `a base that was damaged cannot be trained on unnoticed`() throws {
    try Story.withPreparedRegistry(isSoundAfterwards: false) { registry in
      let pack = try #require(try objects(of: registry).first).file
      try flipBit(at: try firstTensor(of: pack) + 100, of: pack)
      let result = try registry(
        "derive", "--from", "efficientnet-lite0", "--head", "coyote", "--train", "--json")
      #expect(result.exitCode == 1)
      #expect(try result.error()[text: "code"] == "frozen_layer_changed")
      let models = try registry.run(["models", "--json"]).json()
      #expect(models[list: "models"].count == 2)
    }
  }

  @Test func `a cache that was damaged or deleted is only slower`() throws {
    try Story.withPreparedRegistry { registry in
      let cache = registry.folder.appending(path: ".registry/cache")
      let segments = try #require(
        FileManager.default.enumerator(at: cache, includingPropertiesForKeys: nil))
      for case let file as URL in segments where file.pathExtension == "activations" {
        try flipBit(at: 64 + 64 + 40, of: file)
      }
      let damaged = try registry.succeed("train", "wolfdog", "--epochs", "2")
      #expect(damaged[object: "cache"][count: "misses"] == 1)
      try FileManager.default.removeItem(at: cache)
      let deleted = try registry.succeed("train", "wolfdog@1", "--epochs", "2")
      #expect(deleted[object: "cache"][count: "hits"] == 0)
      // The same bits either way.
      let change = try registry.succeed("diff", "wolfdog@2", "wolfdog@3")[list: "layers"]
      #expect(change.allSatisfy { $0[text: "status"] == "same" })
    }
  }

  @Test func `an object that nothing names does no harm and is listed`() throws {
    try Story.withPreparedRegistry { registry in
      let folder = registry.folder.appending(path: ".registry/objects/ba")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data("abc".utf8).write(
        to: folder.appending(
          path: "7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
      let answer = try registry.succeed("verify")
      #expect((answer["unreferenced"] as? [String])?.count == 1)
    }
  }
}
