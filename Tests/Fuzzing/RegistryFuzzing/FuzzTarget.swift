internal import Catalog
internal import Diagnostics
internal import Foundation
internal import Images
internal import ModelFiles
internal import Networks
internal import RegistryKit
internal import Tensors
internal import Training

/// A parser of what comes from outside, or of what a disk may have damaged.
///
/// An input is read or refused with a ``RegistryError``; anything else, a trap above all, is a
/// finding.
enum FuzzTarget: String, CaseIterable {
  case png, jpeg, exif
  case safetensors, pytorch, pickle
  case csv
  case jsonLines = "json-lines"
  case labels
  case layers, checkpoint, activations, references

  /// Gives the parser one input.
  func run(_ bytes: UnsafeRawBufferPointer) {
    do {
      switch self {
      case .png, .jpeg: try Self.decodeImage(bytes)
      case .exif: Self.readOrientation(bytes)
      case .safetensors, .pytorch: try Self.readModel(Data(bytes))
      case .pickle: try Self.readModel(Self.legacyStart + Data(bytes))
      case .csv, .jsonLines: try Self.readListing(bytes)
      case .labels: _ = try LabelFile.read(path: Self.file(Data(bytes)))
      case .layers: try Self.readLayers(bytes)
      case .checkpoint: try Self.resume(bytes)
      case .activations: try Self.readActivations(bytes)
      case .references: _ = try Reference(parsing: String(decoding: bytes, as: UTF8.self))
      }
    } catch is RegistryError {
      // Refused, as it should be.
    } catch {
      fatalError("The parser \(rawValue) threw \(error), which is no RegistryError.")
    }
  }

  // MARK: Images

  /// Small bounds: memory for a large picture is another matter than its parsing.
  private static let limits: InputLimits = {
    var limits = InputLimits()
    limits.maximumPixels = 1 << 18
    return limits
  }()

  private static func decodeImage(_ bytes: UnsafeRawBufferPointer) throws {
    let whole = try ImageDecoder.decode(bytes, limits: limits)
    precondition(
      whole.image.width == whole.information.width
        && whole.image.height == whole.information.height, "the header tells the size")
    let scaled = try ImageDecoder.decode(bytes, minimumShortSide: 8, limits: limits)
    _ = ImageStatistics(of: scaled.image)
    _ = scaled.image.perceptualHash()
  }

  private static func readOrientation(_ bytes: UnsafeRawBufferPointer) {
    precondition((1...8).contains(orientation(ofJPEG: bytes)), "an orientation of EXIF")
  }

  // MARK: Models

  /// What stands before the state dict in a file that `torch.save` wrote before PyTorch 1.6, so
  /// that the fuzzer meets the unpickler at once, without the checksums of a zip archive.
  private static let legacyStart = Data(
    [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]
      + [0x80, 0x02, 0x4d, 0xe9, 0x03, 0x2e] + [0x80, 0x02, 0x7d, 0x71, 0x00, 0x2e])

  private static func readModel(_ data: Data) throws {
    let model = try ModelFileReader.read(path: file(data))
    for (_, tensor) in model.stateDict.entries {
      _ = tensor.digest()
      _ = tensor.floats()
    }
    _ = try Architecture.inferred(from: model.stateDict)
  }

  private static func readLayers(_ bytes: UnsafeRawBufferPointer) throws {
    let layers = try CanonicalJSON.value(
      [Layer].self, from: String(decoding: bytes, as: UTF8.self), subject: "fuzzing")
    let network = Network(architecture: "fuzzing", backbone: layers, head: [])
    _ = try network.outputShapes(input: [3, 16, 16])
  }

  // MARK: Texts

  private static func readListing(_ bytes: UnsafeRawBufferPointer) throws {
    _ = try LabelListing(path: file(Data(bytes)), groupColumn: nil)
  }

  // MARK: What the registry wrote

  /// A fit of two features to two labels, which goes on from a checkpoint.
  static func fit(resuming checkpoint: FitCheckpoint?) throws -> HeadFit {
    let head = [
      Layer("head", .linear(Linear(inFeatures: 2, outFeatures: 2)), inputs: ["input"])
    ]
    var initial = StateDict()
    initial["head.weight"] = Tensor(shape: [2, 2], [0, 0, 0, 0])
    initial["head.bias"] = Tensor(shape: [2], [0, 0])
    return try HeadFit(
      head: head, initial: initial,
      training: LabelledFeatures(
        featureCount: 2, features: [1, 0, 0, 1, 1, 1, 0, 0], labels: [0, 1, 0, 1]),
      validation: nil, options: HeadFitOptions(optimizer: .adamw, epochs: 3),
      resuming: checkpoint)
  }

  private static func resume(_ bytes: UnsafeRawBufferPointer) throws {
    let model = try ModelFileReader.read(path: file(Data(bytes)))
    let checkpoint = FitCheckpoint(
      tensors: model.stateDict, state: model.metadata["state"] ?? "")
    _ = try fit(resuming: checkpoint).run(
      recorder: SilentRecorder(), isCancelled: { false }, progress: SilentProgress(),
      checkpoint: { _ in })
  }

  private static let cacheKey = Digest(of: Array("fuzzing".utf8))

  private static func readActivations(_ bytes: UnsafeRawBufferPointer) throws {
    let folder = scratch.appending(path: cacheKey.hexadecimal)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: folder.appending(path: "fuzzing.activations"))
    let cache = try ActivationCache(root: scratch.path, key: cacheKey, valueCount: 4)
    var values: [Float] = [0, 0, 0, 0]
    for position in 0..<4 {
      let digest = Digest(of: [UInt8(position)])
      values.withUnsafeMutableBufferPointer { _ = cache.read(digest, into: $0) }
    }
  }

  // MARK: Files

  private static let scratch = FileManager.default.temporaryDirectory
    .appending(path: "registry-fuzzing-\(getpid())")

  /// The path of a file with these bytes, until the next call.
  private static func file(_ data: Data) -> String {
    let path = scratch.appending(path: "input")
    do {
      try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
      // Removed first: tensors of the last input may still be mapped.
      try? FileManager.default.removeItem(at: path)
      try data.write(to: path)
    } catch {
      fatalError("\(path.path) cannot be written: \(error)")
    }
    return path.path
  }
}
