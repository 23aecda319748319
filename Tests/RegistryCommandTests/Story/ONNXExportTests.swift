import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct ONNXExportTests {
  private static let hasRuntime = Python.has("numpy", "onnx", "onnxruntime")
  private static let needsRuntime: Comment =
    "set REGISTRY_PYTHON to an interpreter with numpy, onnx and onnxruntime"

  /// Checks a model, computes noise, and prints what came out with what the model says of itself.
  private static let reader = """
    import json, sys
    import numpy, onnx, onnxruntime
    model = onnx.load(sys.argv[1])
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
    read, = session.get_inputs()
    random = numpy.random.default_rng(0)
    shape = [3, *read.shape[1:]]
    if read.type == "tensor(uint8)":
        pictures = random.integers(0, 256, shape, dtype=numpy.uint8)
    else:
        pictures = random.standard_normal(shape, dtype=numpy.float32)
    whole, = session.run(None, {read.name: pictures})
    single, = session.run(None, {read.name: pictures[:1]})
    assert numpy.allclose(whole[:1], single, atol=1e-4)
    print(json.dumps({
      "input": [read.name, read.type, *read.shape], "output": session.get_outputs()[0].name,
      "shape": whole.shape, "sums": whole.sum(axis=1).tolist(), "finite": bool(numpy.isfinite(whole).all()),
      "metadata": {entry.key: entry.value for entry in model.metadata_props}}))
    """

  private func answer(_ file: URL) throws -> [String: Any] {
    let text = try #require(Python.run(Self.reader, file.path))
    return try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test(.enabled(if: hasRuntime, needsRuntime))
  func `ONNX Runtime computes the exported model for any number of pictures`() throws {
    try Story.withPreparedRegistry { registry in
      let exported = try registry.succeed(
        "export", "wolfdog", "--format", "onnx", "--output", "w.onnx")
      let file = registry.folder.appending(path: "w.onnx")
      #expect(exported[count: "bytes"] == (try Data(contentsOf: file)).count)
      let answer = try answer(file)
      #expect(answer["shape"] as? [Int] == [3, 2])
      #expect(answer[text: "output"] == "logits")
      #expect(answer[object: "metadata"][text: "registry.labels"] == #"["dog","wolf"]"#)
      #expect(answer[object: "metadata"][text: "registry.model"] == "wolfdog@1")
    }
  }

  @Test(.enabled(if: hasRuntime, needsRuntime))
  func `with its options the model reads bytes and puts out probabilities`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed(
        "export", "wolfdog", "--format", "onnx", "--softmax", "--preprocessing", "--output",
        "w.onnx")
      let answer = try answer(registry.folder.appending(path: "w.onnx"))
      #expect(answer[text: "output"] == "probabilities")
      let sums = try #require(answer["sums"] as? [Double])
      #expect(sums.allSatisfy { abs($0 - 1) < 1e-5 })
      let input = try #require(answer["input"] as? [Any])
      #expect(input[1] as? String == "tensor(uint8)")
      #expect(input.last as? Int == 3)
    }
  }

  @Test func `other formats have no such options`() throws {
    try Story.withPreparedRegistry { registry in
      for option in ["--softmax", "--preprocessing"] {
        let result = try registry("export", "wolfdog", "--output", "w.safetensors", option)
        #expect(result.exitCode == 64)
      }
    }
  }
}
