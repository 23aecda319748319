import Foundation
import TestSupport
import Testing

/// Children that differ little from their bases.
@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct DeltaTests {
  /// Trains the last block and the last convolution a little.
  private static let training = [
    "train", "wolfdog", "--epochs", "1", "--optimizer", "sgd", "--learning-rate", "1e-3",
    "--unfreeze", "_blocks.15.*", "--unfreeze", "_conv_head", "--json",
  ]

  /// Runs `body` in a registry whose wolfdog@2 is a fine-tuned child of wolfdog@1.
  private func withFineTuned(
    isSoundAfterwards: Bool = true, _ body: (RegistryProcess, _ bytesAdded: Int) throws -> Void
  ) throws {
    try Story.withPreparedRegistry(isSoundAfterwards: isSoundAfterwards) { registry in
      let result = try registry.run(Self.training).json()
      #expect(result[count: "version"] == 2, "\(result)")
      try body(registry, try #require(result[count: "bytes_added"]))
    }
  }

  private func versions(_ model: String, _ registry: RegistryProcess) throws -> [[String: Any]] {
    try registry.succeed("storage", model)[list: "versions"]
  }

  /// The pack of the newest version: the object that another registry, without it, has not.
  private func pack(of registry: RegistryProcess, since former: Set<String>) throws -> URL {
    let names = registry.objectNames.filter { !former.contains($0) }
    return registry.folder.appending(path: ".registry/objects/\(try #require(names.first))")
  }

  private func change(_ file: URL, _ body: (inout Data) throws -> Void) throws {
    var data = try Data(contentsOf: file)
    try body(&data)
    try FileManager.default.removeItem(at: file)
    try data.write(to: file)
  }

  @Test func `what changed little is stored as a delta, and every bit comes back`() throws {
    try withFineTuned { registry, bytesAdded in
      let version = try #require(try versions("wolfdog", registry).first)
      #expect(version[count: "version"] == 2)
      let (deltas, bytes) = (version[count: "delta_tensors"]!, version[count: "delta_bytes"]!)
      let whole = version[count: "delta_tensor_bytes"]!
      // Three convolutions of the block and the last one, of which the depthwise one has 9 × 1,152
      // weights, and such norms as save a quarter, too.
      let convolutions = 4 * (1152 * 192 + 9 * 1152 + 1152 * 320 + 320 * 1280)
      #expect(deltas >= 4 && whole >= convolutions && whole < convolutions + 60_000)
      #expect(bytes * 4 <= whole * 3)
      #expect(version[object: "use"][count: "own_bytes"] == bytesAdded)
      #expect(bytesAdded < bytes + 60_000, "deltas, norms, the head and the header")

      try registry.succeed("export", "wolfdog@2", "--output", "tuned.safetensors")
      try registry.succeed("export", "wolfdog@1", "--output", "base.safetensors")
      let back = try registry.succeed(
        "import-model", "tuned.safetensors", "--name", "back")
      #expect(back[count: "bytes_added"] == 0, "the same digests")
      let layers = try registry.succeed("diff", "wolfdog@2", "back")[list: "layers"]
      #expect(layers.allSatisfy { $0[text: "status"] == "same" })
    }
  }

  static let hasZstandard = Python.has("numpy", "safetensors.numpy", "zstandard")

  /// Decodes the deltas of a pack as docs/storage-format.md describes them, and compares them with the
  /// exported tensors and with the digests that the pack states.
  private static let decoder = """
    import hashlib, json, sys
    import numpy, zstandard
    from safetensors.numpy import load_file

    path, base, tuned = sys.argv[1], load_file(sys.argv[2]), load_file(sys.argv[3])
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        deltas = json.loads(json.loads(file.read(length))["__metadata__"]["registry.deltas"])

    def digest(tensor):
        head = f"F32 [{', '.join(map(str, tensor.shape))}]\\n".encode()
        return hashlib.sha256(head + tensor.tobytes()).hexdigest()

    for name, raw in load_file(path).items():
        if name not in deltas:
            continue
        facts, count = deltas[name], base[name].size
        assert facts["dtype"] == "F32" and facts["shape"] == list(base[name].shape)
        assert facts["encoding"] == "difference-planes-zstd"
        assert facts["base"] == digest(base[name]) and facts["tensor"] == digest(tuned[name])
        blocks = -(-count // 65536)
        lengths = raw[:16 * blocks].view("<u4")
        place, words = 16 * blocks, []
        for block in range(blocks):
            size, word = min(65536, count - 65536 * block), 0
            for plane in range(4):
                part = raw[place:place + lengths[4 * block + plane]].tobytes()
                place += len(part)
                if not part:
                    part = bytes(size)
                elif len(part) < size:
                    part = zstandard.ZstdDecompressor().decompress(part, max_output_size=size)
                word = word + (numpy.frombuffer(part, "u1").astype("<u4") << (8 * plane))
            words.append(word)
        assert place == raw.size
        z = numpy.concatenate(words)
        difference = (z >> 1) ^ (0 - (z & 1)).astype("<u4")
        result = (base[name].view("<u4").ravel() + difference).view("<f4").reshape(base[name].shape)
        assert digest(result) == facts["tensor"], name
    print(len(deltas))
    """

  @Test(.enabled(if: hasZstandard, "set REGISTRY_PYTHON to an interpreter with zstandard"))
  func `another program decodes the deltas by their documentation`() throws {
    try Story.withPreparedRegistry { registry in
      let former = Set(registry.objectNames)
      #expect(try registry.run(Self.training).exitCode == 0)
      let pack = try pack(of: registry, since: former)
      var files: [String] = []
      for version in 1...2 {
        try registry.succeed(
          "export", "wolfdog@\(version)", "--output", "\(version).safetensors")
        files.append(registry.folder.appending(path: "\(version).safetensors").path)
      }
      let count = try #require(
        try versions("wolfdog@2", registry).first?[count: "delta_tensors"])
      #expect(Python.run(Self.decoder, pack.path, files[0], files[1]) == "\(count)\n")
    }
  }

  @Test func `no delta is taken against a delta, however often a child is trained on`() throws {
    try withFineTuned { registry, _ in
      for expected in 3...4 {
        let result = try registry.run(Self.training).json()
        #expect(result[count: "version"] == expected)
      }
      let versions = try versions("wolfdog", registry)
      #expect(versions.map { $0[count: "delta_tensors"]! >= 4 } == [true, true, true, false])
      try registry.python(
        """
        import sqlite3
        rows = sqlite3.connect('.registry/registry.sqlite').execute(
          'SELECT count(*), sum(base_id IN (SELECT tensor_id FROM tensor_locations)), '
          'sum(base_id IN (SELECT tensor_id FROM tensor_deltas)), count(DISTINCT base_id) '
          'FROM tensor_deltas').fetchall()
        deltas, whole, chained, bases = rows[0]
        assert deltas >= 12 and whole == deltas and chained == 0 and bases >= 4, rows
        """)
      for version in 1...4 {
        try registry.succeed("export", "wolfdog@\(version)", "--output", "\(version).safetensors")
      }
      // Training twice from the same version gives the same bits: they are never stored again.
      let again = try registry.run(
        ["train", "wolfdog@1"] + Self.training.dropFirst(2)
      ).json()
      #expect(again[count: "bytes_added"] == 0)
    }
  }

  @Test func `what a delta needs outlives the version that brought it`() throws {
    try withFineTuned { registry, _ in
      try registry.succeed("export", "wolfdog@2", "--output", "before.safetensors")
      try registry.succeed("delete", "efficientnet-lite0", "wolfdog@1", "--force")
      try registry.succeed("gc")
      try registry.succeed("verify")
      let version = try #require(try versions("wolfdog@2", registry).first)
      #expect(version[count: "delta_tensors"]! >= 4)
      try registry.succeed("export", "wolfdog@2", "--output", "after.safetensors")
      let files = ["before", "after"].map {
        registry.folder.appending(path: "\($0).safetensors")
      }
      #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))
      try registry.succeed("delete", "wolfdog")
      try registry.succeed("gc")
      let objects = try registry.succeed("storage")[object: "objects"]
      #expect(objects[object: "packs"][count: "count"] == 0)
    }
  }

  @Test func `storage says what sharing and deltas save, and what else there is`() throws {
    try withFineTuned { registry, bytesAdded in
      let all = try registry.succeed("storage")
      let models = all[list: "models"]
      #expect(models.map { $0[text: "model"] } == ["wolfdog", "efficientnet-lite0"])
      #expect(models.map { $0[count: "versions"] } == [2, 1])
      let objects = all[object: "objects"]
      let sizes = try registry.objectNames.map { name in
        let file = registry.folder.appending(path: ".registry/objects/\(name)")
        return try #require(try file.resourceValues(forKeys: [.fileSizeKey]).fileSize)
      }
      let kinds = ["images", "packs", "checkpoints"]
      #expect(kinds.reduce(0) { $0 + objects[object: $1][count: "count"]! } == sizes.count)
      #expect(kinds.reduce(0) { $0 + objects[object: $1][count: "bytes"]! } == sizes.reduce(0, +))
      #expect(objects[object: "packs"][count: "count"] == 3)
      #expect(objects[object: "cache"][count: "count"]! > 0)
      let total = all[object: "total"]
      #expect(total[count: "own_bytes"] == objects[object: "packs"][count: "bytes"])
      let separate = try #require(total[count: "separate_bytes"])
      let ratio = try #require(total[number: "ratio"])
      #expect(abs(ratio - Double(separate) / Double(total[count: "own_bytes"]!)) < 1e-9)
      #expect(
        separate == models.reduce(0) { $0 + $1[object: "use"][count: "separate_bytes"]! })
      #expect(try registry.succeed("storage", "--limit", "1")[list: "models"].count == 1)

      let one = try registry.succeed("storage", "wolfdog@2")
      #expect(one[list: "versions"].count == 1)
      #expect(one[object: "total"][count: "own_bytes"] == bytesAdded)
      #expect(one[list: "versions"][0][object: "base"][count: "version"] == 1)
      try registry.fail(["storage", "wolfhound"], "unknown_model", exitCode: 66)
      try registry.fail(["storage", "wolfdog@9"], "unknown_model_version", exitCode: 66)
      for arguments in [["storage"], ["storage", "wolfdog"]] {
        let people = try registry.run(arguments)
        #expect(people.exitCode == 0 && people.standardOutput.contains("separate file"))
      }
    }
  }

  @Test func `a flipped bit of a delta is named, and the child is not read`() throws {
    try Story.withPreparedRegistry(isSoundAfterwards: false) { registry in
      let former = Set(registry.objectNames)
      #expect(try registry.run(Self.training).exitCode == 0)
      let file = try pack(of: registry, since: former)
      let intact = try Data(contentsOf: file)
      // The last bytes of the pack are a delta's.
      for offset in [intact.count - 100, intact.count - 200_000] {
        try change(file) { data in
          data = intact
          data[offset] ^= 16
        }
        let answer = try registry("verify", "--json")
        #expect(answer.exitCode == 1)
        let damaged = try #require(try answer.json()[list: "corrupt"].first)
        #expect(damaged["models"] as? [String] == ["wolfdog@2"])
        let layers = try #require(damaged["layers"] as? [String])
        #expect(layers.count == 1)
        let error = try registry.fail(
          ["export", "wolfdog@2", "--output", "x.safetensors"], "damaged_delta", exitCode: 1)
        #expect(error[text: "message"]?.contains(try #require(layers.first)) == true)
        let name = file.deletingLastPathComponent().lastPathComponent + file.lastPathComponent
        #expect(error[text: "message"]?.contains(name) == true)
        try registry.succeed("export", "wolfdog@1", "--output", "base-\(offset).safetensors")
      }
      try change(file) { $0 = intact }
      try registry.succeed("verify")
    }
  }

  @Test func `a flipped bit of a base is damage of what is a delta of it, too`() throws {
    try withFineTuned(isSoundAfterwards: false) { registry, _ in
      let folder = registry.folder.appending(path: ".registry/objects")
      let files = registry.objectNames.map { folder.appending(path: $0) }
      let sizes = try files.map {
        try $0.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      }
      let base = try #require(zip(files, sizes).max { $0.1 < $1.1 }?.0)
      // The last convolution's weights in the base's pack, by the header of the file.
      try change(base) { data in
        let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try #require(
          try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: [String: Any]])
        let offsets = try #require(
          header["_conv_head.weight"]?["data_offsets"] as? [Int])
        data[8 + length + offsets[0] + 10] ^= 1
      }
      let answer = try registry("verify", "--json")
      #expect(answer.exitCode == 1)
      let corrupt = try answer.json()[list: "corrupt"]
      #expect(corrupt.count == 1)
      #expect(corrupt[0]["layers"] as? [String] == ["_conv_head"])
      #expect(
        corrupt[0]["models"] as? [String] == ["efficientnet-lite0@1", "wolfdog@1", "wolfdog@2"])
    }
  }

  @Test func `a catalogue that names another base contradicts the digests`() throws {
    try withFineTuned(isSoundAfterwards: false) { registry, _ in
      try registry.python(
        """
        import sqlite3
        catalog = sqlite3.connect('.registry/registry.sqlite')
        catalog.execute('DROP TRIGGER tensor_deltas_keep')
        catalog.execute('UPDATE tensor_deltas SET byte_offset = byte_offset + 1 '
          'WHERE tensor_id = (SELECT min(tensor_id) FROM tensor_deltas)')
        catalog.commit()
        """)
      let answer = try registry("verify", "--json")
      #expect(answer.exitCode == 1)
      let corrupt = try answer.json()[list: "corrupt"]
      #expect(corrupt.count == 1 && corrupt[0]["models"] as? [String] == ["wolfdog@2"])
      #expect(
        try registry("export", "wolfdog", "--output", "x", "--json").error()[text: "code"]
          == "damaged_delta")
    }
  }

  @Test func `killed while it writes deltas, training leaves a whole child or none`() throws {
    try Story.withPreparedRegistry { registry in
      let former = Set(registry.objectNames)
      // Around the time at which a new object appears.
      for delay in [0, 3, 8, 15, 30, 60] {
        let before = try registry.succeed("models")[list: "models"].count
        let known = Set(registry.objectNames)
        let process = try registry.start(
          ["train", "wolfdog@1", "--seed", "\(delay + 1)"] + Self.training.dropFirst(2))
        let folder = registry.folder.appending(path: ".registry/objects").path
        for _ in 0..<4000 where process.isRunning {
          let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
          if names.contains(where: { $0.hasPrefix("tmp-") }) { break }
          usleep(5_000)
        }
        usleep(UInt32(delay) * 1000)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try registry.succeed("verify")
        let after = try registry.succeed("models")[list: "models"].count
        #expect(after == before || after == before + 1)
        #expect(Set(registry.objectNames).isSuperset(of: known))
      }
      #expect(Set(registry.objectNames).isSuperset(of: former))
      let result = try registry.run(Self.training).json()
      #expect(result[count: "bytes_added"] != nil)
      try registry.succeed("export", "wolfdog", "--output", "whole.safetensors")
    }
  }
}
