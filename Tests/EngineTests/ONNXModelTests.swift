import Engine
import Foundation
import ModelFiles
import Networks
import Tensors
import TestSupport
import Testing

/// One network of each family, and of each way in which a family differs; all of them with
/// `REGISTRY_FULL_TESTS=1`.
private let names: [String] =
  ProcessInfo.processInfo.environment["REGISTRY_FULL_TESTS"] == "1"
  ? Architecture.all.map(\.name)
  : [
    "resnet18", "mobilenet_v2", "mobilenet_v3_small", "mobilenetv3_small_100", "efficientnet_b0",
    "efficientnet_lite0", "convnext_tiny", "vit_tiny_patch16_224", "squeezenet1_1", "densenet121",
    "shufflenet_v2_x0_5", "convnet",
  ]

@Suite(
  .serialized,
  .enabled(
    if: Python.has("numpy", "onnx", "onnxruntime"),
    "set REGISTRY_PYTHON to an interpreter with numpy, onnx and onnxruntime"))
struct ONNXModelTests {
  /// Checks the model and writes what ONNX Runtime computes.
  private static let program = """
    import sys
    import numpy, onnx, onnxruntime
    path, images, outputs, *shape = sys.argv[1:]
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    read = numpy.fromfile(images, "<f4").reshape(-1, *map(int, shape))
    session.run(None, {session.get_inputs()[0].name: read})[0].astype("<f4").tofile(outputs)
    """

  @Test(arguments: names)
  func `ONNX Runtime computes the logits of the engine`(name: String) throws {
    let architecture = try Architecture.named(name)
    let input = architecture.inputShape
    let network = architecture.network(labels: 10)
    var recipe = Recipe(seed: name.utf8.reduce(0) { $0 + UInt64($1) })
    let tensors = recipe.tensorsByName(of: network.layers)
    let images = recipe.images(2, input)
    let expected = try InferenceNetwork(
      layers: network.layers, input: input, tensors: tensors, batchSize: 2, threads: 2
    ).outputs(of: images)
    try withTemporaryFolder { folder in
      let (model, read, written) = (
        folder.appending(path: "model.onnx"), folder.appending(path: "images"),
        folder.appending(path: "outputs")
      )
      let onnx = try ONNXModel(network, tensors, input: input, options: .init())
      try Data(try onnx.bytes()).write(to: model)
      try images.withUnsafeBytes { Data($0) }.write(to: read)
      let extents = input.extents.map(String.init)
      #expect(
        Python.run(
          Self.program, model.path, read.path, written.path, extents[0], extents[1], extents[2])
          != nil)
      let found = try Data(contentsOf: written).withUnsafeBytes {
        Array($0.bindMemory(to: Float.self))
      }
      #expect(relativeDifference(found, expected) < 1e-4)
    }
  }

  @Test func `the same network with its activation and preprocessing starts from bytes`() throws {
    let architecture = Architecture.convNet
    let network = architecture.network(labels: 3)
    var recipe = Recipe(seed: 5)
    let tensors = recipe.tensorsByName(of: network.layers)
    let preprocessing = architecture.preprocessing
    let (height, width) = (preprocessing.cropHeight, preprocessing.cropWidth)
    let pixels = (0..<height * width * 3).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 251) }
    var image = [Float](repeating: 0, count: pixels.count)
    for (index, value) in pixels.enumerated() {
      let channel = index % 3
      image[channel * height * width + index / 3] =
        (Float(value) / 255 - preprocessing.mean[channel])
        / preprocessing.standardDeviation[channel]
    }
    let logits = try InferenceNetwork(
      layers: network.layers, input: architecture.inputShape, tensors: tensors, batchSize: 1,
      threads: 1
    ).outputs(of: image)
    let sum = logits.reduce(0) { $0 + Foundation.exp($1) }
    try withTemporaryFolder { folder in
      let model = folder.appending(path: "model.onnx")
      var options = ONNXModel.Options()
      options.appliesActivation = true
      options.preprocessing = preprocessing
      let onnx = try ONNXModel(
        network, tensors, input: architecture.inputShape, options: options)
      try Data(try onnx.bytes()).write(to: model)
      let (read, written) = (folder.appending(path: "pixels"), folder.appending(path: "outputs"))
      try Data(pixels).write(to: read)
      let program = Self.program.replacing("\"<f4\").reshape", with: "\"u1\").reshape")
      #expect(
        Python.run(program, model.path, read.path, written.path, "\(height)", "\(width)", "3")
          != nil)
      let found = try Data(contentsOf: written).withUnsafeBytes {
        Array($0.bindMemory(to: Float.self))
      }
      #expect(relativeDifference(found, logits.map { Foundation.exp($0) / sum }) < 1e-4)
    }
  }
}
