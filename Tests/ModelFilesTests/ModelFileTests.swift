import Diagnostics
import Foundation
import ModelFiles
import Networks
import Tensors
import TestSupport
import Testing

/// Files that the real torch and safetensors wrote; see `Golden/make-model-files.py`.
struct ModelFileTests {
  static let golden = Places.repository.appending(path: "Tests/ModelFilesTests/Golden")

  /// The digests that Python computed: file, tensor, SHA-256.
  static let expected: [String: [String: String]] = {
    let text =
      (try? String(contentsOf: golden.appending(path: "expected.txt"), encoding: .utf8)) ?? ""
    var files: [String: [String: String]] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "\t").map(String.init)
      files[parts[0], default: [:]][parts[1]] = parts[2]
    }
    return files
  }()

  @Test(arguments: [
    ("types.safetensors", ModelFileFormat.safetensors), ("types.zip.pt", .pytorchZip),
    ("types.legacy.pt", .pytorchLegacy), ("views.zip.pt", .pytorchZip),
    ("views.legacy.pt", .pytorchLegacy), ("module.zip.pt", .pytorchZip),
    ("module.legacy.pt", .pytorchLegacy), ("checkpoint.zip.pt", .pytorchZip),
    ("checkpoint.legacy.pt", .pytorchLegacy), ("parameters.zip.pt", .pytorchZip),
    ("parameters.legacy.pt", .pytorchLegacy),
  ])
  func `every tensor has the bytes that Python wrote`(name: String, format: ModelFileFormat) throws
  {
    let file = try ModelFileReader.read(path: Self.golden.appending(path: name).path)
    #expect(file.format == format)
    var digests: [String: String] = [:]
    for (name, tensor) in file.stateDict.entries { digests[name] = tensor.digest().hexadecimal }
    #expect(digests == Self.expected[name])
    #expect(!digests.isEmpty)
  }

  @Test func `metadata comes with its escapes resolved`() throws {
    let path = Self.golden.appending(path: "types.safetensors").path
    #expect(try ModelFileReader.read(path: path).metadata == ["note": "a \"q\" \n ä"])
  }

  @Test func `a missing file is reported by the system's rule`() throws {
    let error = try #require(throws: RegistryError.self) {
      try ModelFileReader.read(path: "/nonexistent/model.pth")
    }
    #expect(error.code == .noSuchFile)
  }

  static let pretrained =
    ProcessInfo.processInfo.environment["REGISTRY_PRETRAINED"]
    ?? Places.repository.appending(path: ".cache/efficientnet-lite0-57934424.pth").path

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: pretrained),
      "run scripts/fetch-pretrained.sh"))
  func `the published EfficientNet-Lite0 is recognised and loads completely`() throws {
    let file = try ModelFileReader.read(path: Self.pretrained)
    #expect(file.format == .pytorchLegacy)
    let architecture = try Architecture.inferred(from: file.stateDict)
    #expect(architecture.name == "efficientnet_lite0")
    #expect(
      try Architecture.named("efficientnet-lite0", for: file.stateDict).name == architecture.name)
    let network = try architecture.network(for: file.stateDict)
    #expect(network.parameterCount == 4_652_008)
    #expect(try network.load(file.stateDict).count == 296)
  }
}
