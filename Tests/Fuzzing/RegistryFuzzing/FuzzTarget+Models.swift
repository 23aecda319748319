internal import Deltas
internal import Diagnostics
internal import Foundation
internal import ModelFiles
internal import Networks
internal import RegistryKit
internal import Tensors
internal import Training

extension FuzzTarget {
  /// What stands before the state dict in a file that `torch.save` wrote before PyTorch 1.6, so
  /// that the fuzzer meets the unpickler at once, without the checksums of a zip archive.
  static let legacyStart = Data(
    [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]
      + [0x80, 0x02, 0x4d, 0xe9, 0x03, 0x2e] + [0x80, 0x02, 0x7d, 0x71, 0x00, 0x2e])

  static func readModel(_ data: Data) throws {
    let model = try ModelFileReader.read(path: file(data))
    for (_, tensor) in model.stateDict.entries {
      _ = tensor.digest()
      _ = tensor.floats()
    }
    _ = try Architecture.inferred(from: model.stateDict)
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

  static func resume(_ bytes: UnsafeRawBufferPointer) throws {
    let model = try ModelFileReader.read(path: file(Data(bytes)))
    let checkpoint = FitCheckpoint(
      tensors: model.stateDict, state: model.metadata["state"] ?? "")
    _ = try fit(resuming: checkpoint).run(
      recorder: SilentRecorder(), isCancelled: { false }, progress: SilentProgress(),
      checkpoint: { _ in })
  }

  private static let cacheKey = Digest(of: Array("fuzzing".utf8))

  static func readActivations(_ bytes: UnsafeRawBufferPointer) throws {
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

  /// Tensors that a delta may be of: of every size of element, and one that takes two blocks.
  static let deltaBases: [Tensor] = [
    (ScalarType.float32, 1100), (.float16, 2500), (.uint8, 70_000), (.int64, 600),
  ].map { type, count in
    Tensor(
      shape: [count], scalarType: type,
      storage: ByteStorage(count: count * type.byteCount) { bytes in
        for index in bytes.indices {
          bytes[index] = UInt8(truncatingIfNeeded: index &* index / 7 &+ index)
        }
      })
  }

  /// Decodes a delta; the first byte says of which tensor.
  static func decodeDelta(_ bytes: UnsafeRawBufferPointer) throws {
    guard let kind = bytes.first else { return }
    let base = deltaBases[Int(kind) % deltaBases.count]
    let delta = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
    let storage = ByteStorage(uninitializedCount: delta.count) { $0.copyBytes(from: delta) }
    let tensor = try TensorDelta(
      checking: storage, byteOffset: 0, byteCount: storage.count, shape: base.shape,
      scalarType: base.scalarType
    ).tensor(plus: base).tensor
    precondition(tensor.byteCount == base.byteCount, "a delta gives a tensor like its base")
  }
}
