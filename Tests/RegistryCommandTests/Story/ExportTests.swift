import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct ExportTests {
  private func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test(arguments: [[], ["--hidden", "16", "--dropout", "0.1"]])
  func `an exported model comes back with its labels and adds no bytes`(head: [String]) throws {
    try Story.withPreparedRegistry { registry in
      let derived = ["derive", "--from", "wolfdog", "--head", "coyote", "--train", "--json"]
      #expect(try registry.run(derived + head).exitCode == 0)
      let exported = try registry.succeed("export", "coyote", "--output", "c.safetensors")
      let file = registry.folder.appending(path: "c.safetensors")
      #expect(exported[text: "path"] == "c.safetensors")
      #expect(exported[count: "bytes"] == (try Data(contentsOf: file)).count)
      #expect(try names(in: registry.folder) == [".registry", "c.safetensors"])

      let back = try registry.succeed("import-model", "c.safetensors", "--name", "back")
      #expect(back[count: "bytes_added"] == 0)
      #expect(back[text: "architecture"] == "efficientnet_lite0")
      let labels = try registry.succeed("models", "back")["labels"] as? [String]
      #expect(labels == (try registry.succeed("models", "coyote")["labels"] as? [String]))
      let layers = try registry.succeed("diff", "coyote", "back")[list: "layers"]
      #expect(layers.allSatisfy { $0[text: "status"] == "same" })
    }
  }

  @Test func `a file that is there is replaced only when forced`() throws {
    try Story.withPreparedRegistry { registry in
      let file = registry.folder.appending(path: "w.safetensors")
      try Data("precious".utf8).write(to: file)
      let arguments = ["export", "wolfdog", "--output", "w.safetensors"]
      let error = try registry.fail(arguments, "output_exists", exitCode: 73)
      #expect(error[text: "remedy"]?.contains("--force") == true)
      #expect(try Data(contentsOf: file) == Data("precious".utf8))
      let forced = try registry.run(arguments + ["--force", "--json"]).json()
      #expect((try Data(contentsOf: file)).count == forced[count: "bytes"])
      try registry.fail(
        ["export", "wolfdog", "--output", "."], "output_exists", exitCode: 73)
      try registry.fail(
        ["export", "wolfdog", "--output", ".", "--force"], "not_a_file", exitCode: 65)
      try registry.fail(
        ["export", "wolfdog", "--output", "nowhere/w.safetensors"], "not_writable", exitCode: 73)
      try registry.fail(
        ["export", "wolfdgo", "--output", "x.safetensors"], "unknown_model", exitCode: 66)
      #expect(try names(in: registry.folder) == [".registry", "w.safetensors"])
      let other = try registry("export", "wolfdog", "--format", "keras", "--output", "w.keras")
      #expect(other.exitCode == 64)
    }
  }

  @Test func `labels in a file that do not fit are refused`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed("export", "wolfdog", "--output", "w.safetensors")
      let file = registry.folder.appending(path: "w.safetensors")
      let whole = try Data(contentsOf: file)
      let labels = #"[\"dog\",\"wolf\"]"#
      let place = try #require(whole.range(of: Data(labels.utf8)))
      for (text, code) in [
        (#"[\"dog wolf\"]"#, "label_count_mismatch"), (#"[\"dog\",1]"#, "malformed_labels"),
        (#"[\"dog\",\"\\"#, "malformed_labels"), (#"[\"\\u0000\",[]]"#, "malformed_labels"),
        ("dog", "malformed_labels"),
      ] {
        var changed = whole
        let padded = text + String(repeating: " ", count: labels.utf8.count - text.utf8.count)
        changed.replaceSubrange(place, with: Data(padded.utf8))
        try changed.write(to: file)
        try registry.fail(
          ["import-model", "w.safetensors", "--name", "m"], code, exitCode: 65)
      }
    }
  }

  @Test func `a damaged tensor is not exported`() throws {
    try Story.withPreparedRegistry(isSoundAfterwards: false) { registry in
      let objects = registry.folder.appending(path: ".registry/objects")
      let pack = try #require(
        try registry.objectNames.map { objects.appending(path: $0) }
          .max { try Data(contentsOf: $0).count < Data(contentsOf: $1).count })
      var data = try Data(contentsOf: pack)
      // The last tensors are the head's, which the child has not; the middle is the backbone's.
      data[data.count / 4] ^= 4
      try FileManager.default.removeItem(at: pack)
      try data.write(to: pack)
      let result = try registry("export", "wolfdog", "--output", "w.safetensors", "--json")
      #expect(result.exitCode == 1)
      #expect(try result.error()[text: "code"] == "damaged_pack")
      #expect(try names(in: registry.folder) == [".registry"])
    }
  }

  @Test(
    .enabled(
      if: Python.has("numpy", "safetensors.numpy"),
      "set REGISTRY_PYTHON to an interpreter with safetensors and numpy"))
  func `the safetensors library reads the file`() throws {
    try Story.withPreparedRegistry { registry in
      let exported = try registry.succeed("export", "wolfdog", "--output", "w.safetensors")
      let program = """
        import hashlib, json, sys
        import safetensors, safetensors.numpy
        tensors = safetensors.numpy.load_file(sys.argv[1])
        metadata = safetensors.safe_open(sys.argv[1], "numpy").metadata()
        print(json.dumps({
          "tensors": len(tensors), "head": tensors["_fc.weight"].shape, "metadata": metadata,
          "digest": hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest()}))
        """
      let text = try #require(
        Python.run(program, registry.folder.appending(path: "w.safetensors").path))
      let answer = try #require(
        JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      #expect(answer[text: "digest"] == exported[text: "digest"])
      #expect(answer[count: "tensors"] == exported[count: "tensors"])
      #expect(answer["head"] as? [Int] == [2, 1280])
      let metadata = answer[object: "metadata"]
      #expect(metadata[text: "format"] == "pt")
      #expect(metadata[text: "registry.model"] == "wolfdog@1")
      #expect(metadata[text: "registry.base"] == "efficientnet-lite0@1")
      #expect(metadata[text: "registry.architecture"] == "efficientnet_lite0")
      #expect(metadata[text: "registry.labels"] == #"["dog","wolf"]"#)
      #expect(metadata[text: "registry.preprocessing"]?.contains("mean") == true)
    }
  }
}
