import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct ExportFormatTests {
  private static let needsTorch: Comment =
    "set REGISTRY_PYTHON to an interpreter with torch, timm and safetensors"

  @Test func `a PyTorch file comes back with the same tensors`() throws {
    try Story.withPreparedRegistry { registry in
      let exported = try registry.succeed(
        "export", "wolfdog", "--format", "pytorch", "--output", "w.pth")
      #expect(exported[text: "format"] == "pytorch")
      let file = registry.folder.appending(path: "w.pth")
      #expect(exported[count: "bytes"] == (try Data(contentsOf: file)).count)
      let back = try registry.succeed("import-model", "w.pth", "--name", "back")
      #expect(back[count: "bytes_added"] == 0)
      #expect(back[text: "architecture"] == "efficientnet_lite0")
      let layers = try registry.succeed("diff", "wolfdog", "back")[list: "layers"]
      #expect(layers.allSatisfy { $0[text: "status"] == "same" })
    }
  }

  /// Reads the archive and the pickle with Python's own modules and compares every number.
  private static let reader = """
    import collections, io, pickle, sys, zipfile
    import numpy, safetensors.numpy
    types = {"FloatStorage": numpy.float32, "LongStorage": numpy.int64}
    archive = zipfile.ZipFile(sys.argv[1])
    assert archive.testzip() is None
    for entry in archive.infolist():
        archive.fp.seek(entry.header_offset + 26)
        name, extra = numpy.frombuffer(archive.fp.read(4), "<u2")
        assert (entry.header_offset + 30 + int(name) + int(extra)) % 64 == 0, entry.filename
    def rebuild(storage, offset, shape, strides, gradient, hooks):
        flat = numpy.frombuffer(archive.read(f"archive/data/{storage[2]}"), types[storage[1]])
        assert len(flat) == storage[4] and offset == 0 and not gradient and not hooks
        return numpy.lib.stride_tricks.as_strided(
            flat, shape, [stride * flat.itemsize for stride in strides])
    class Reader(pickle.Unpickler):
        def persistent_load(self, key):
            return key
        def find_class(self, module, name):
            known = {("collections", "OrderedDict"): collections.OrderedDict,
                     ("torch._utils", "_rebuild_tensor_v2"): rebuild}
            return name if module == "torch" else known[module, name]
    ours = Reader(io.BytesIO(archive.read("archive/data.pkl"))).load()
    theirs = safetensors.numpy.load_file(sys.argv[2])
    assert list(ours) and set(ours) == set(theirs)
    for name, tensor in theirs.items():
        assert ours[name].dtype == tensor.dtype and numpy.array_equal(ours[name], tensor), name
    print(len(ours))
    """

  @Test(
    .enabled(
      if: Python.has("numpy", "safetensors.numpy"),
      "set REGISTRY_PYTHON to an interpreter with safetensors and numpy"))
  func `Python finds in a PyTorch file what a safetensors file holds`() throws {
    try Story.withPreparedRegistry { registry in
      let exported = try registry.succeed(
        "export", "wolfdog", "--format", "pytorch", "--output", "w.pth")
      try registry.succeed("export", "wolfdog", "--output", "w.safetensors")
      let paths = ["w.pth", "w.safetensors"].map { registry.folder.appending(path: $0).path }
      let count = try #require(exported[count: "tensors"])
      #expect(Python.run(Self.reader, paths[0], paths[1]) == "\(count)\n")
    }
  }

  @Test(.enabled(if: Python.has("torch", "timm", "safetensors.torch"), needsTorch))
  func `torch loads the file and timm the folder, strictly, with the same outputs`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed("export", "wolfdog", "--format", "pytorch", "--output", "w.pth")
      try registry.succeed("export", "wolfdog", "--format", "folder", "--output", "hub")
      let program = """
        import json, os, sys, torch, timm
        from safetensors.torch import load_file
        os.chdir(sys.argv[1])
        state = torch.load("w.pth", weights_only=True)
        tensors = load_file("hub/model.safetensors")
        assert len(state) == len(tensors)
        config = json.load(open("hub/config.json"))
        model = timm.create_model(config["architecture"], num_classes=config["num_classes"])
        model.load_state_dict(tensors, strict=True)
        other = timm.create_model("local-dir:hub", pretrained=True)
        picture = torch.rand(1, 3, 224, 224)
        model.eval(), other.eval()
        assert torch.equal(model(picture), other(picture))
        assert list(other.pretrained_cfg["mean"]) == config["pretrained_cfg"]["mean"]
        print("strictly")
        """
      #expect(Python.run(program, registry.folder.path) == "strictly\n")
    }
  }

  @Test func `a folder has timm's tensor names, the preprocessing and a model card`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed("evaluate", "wolfdog")
      try registry.succeed("tag", "wolfdog", "license=apache-2.0")
      let exported = try registry.succeed(
        "export", "wolfdog", "--format", "folder", "--output", "hub")
      let folder = registry.folder.appending(path: "hub")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(
        names == ["README.md", "config.json", "model.safetensors", "preprocessor_config.json"])
      var bytes = 0
      for name in names { bytes += try Data(contentsOf: folder.appending(path: name)).count }
      #expect(exported[count: "bytes"] == bytes)

      func json(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: folder.appending(path: name))
        return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      }
      let config = try json("config.json")
      #expect(config[text: "architecture"] == "tf_efficientnet_lite0")
      #expect(config[count: "num_classes"] == 2)
      #expect(config[count: "num_features"] == 1280)
      #expect(config["label_names"] as? [String] == ["dog", "wolf"])
      #expect(config[object: "pretrained_cfg"]["input_size"] as? [Int] == [3, 224, 224])
      #expect(config[object: "pretrained_cfg"]["crop_pct"] as? Double == 0.875)
      #expect(config[object: "pretrained_cfg"][text: "classifier"] == "classifier")
      let processor = try json("preprocessor_config.json")
      #expect(processor[object: "size"][count: "shortest_edge"] == 256)
      #expect(processor[count: "resample"] == 3)

      let card = try String(contentsOf: folder.appending(path: "README.md"), encoding: .utf8)
      for part in [
        "license: \"apache-2.0\"\n", "library_name: timm\n",
        "base_model: \"efficientnet-lite0\"\n", "datasets:\n- \"wolfdog\"\n",
        "    - type: \"accuracy\"\n", "98 are its base's, bit for bit",
        "- efficientnet-lite0@1, imported",
      ] {
        #expect(card.contains(part), "\(part)")
      }
      // Imported again, it is the network of timm, so that its tensors are the same bytes.
      let back = try registry.succeed(
        "import-model", "hub/model.safetensors", "--name", "back",
        "--architecture", "tf_efficientnet_lite0")
      #expect(back[count: "bytes_added"] == 0)
    }
  }

  @Test func `a label cannot write into the model card`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed(
        "derive", "--from", "wolfdog", "--head", "odd", "--labels",
        "<script>alert(1)</script>,[x](javascript:1)")
      try registry.succeed("export", "odd", "--format", "folder", "--output", "hub")
      let card = try String(
        contentsOf: registry.folder.appending(path: "hub/README.md"), encoding: .utf8)
      #expect(!card.contains("<script>"))
      #expect(!card.contains("[x](javascript"))
      #expect(card.contains("\\<script\\>"))
    }
  }

  @Test func `a folder that is there is never replaced`() throws {
    try Story.withPreparedRegistry { registry in
      let file = registry.folder.appending(path: "hub/precious")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("precious".utf8).write(to: file)
      let arguments = ["export", "wolfdog", "--format", "folder", "--output", "hub"]
      try registry.fail(arguments, "output_exists", exitCode: 73)
      #expect(try registry.run(arguments + ["--force"]).exitCode == 64)
      #expect(try Data(contentsOf: file) == Data("precious".utf8))
    }
  }
}
