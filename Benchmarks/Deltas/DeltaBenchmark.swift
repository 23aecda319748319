private import Catalog
private import Diagnostics
private import Engine
private import Foundation
private import ModelFiles
private import Networks
private import RegistryKit
private import Tensors

/// Writes and reads a child's tensors as deltas and as a whole, for Benchmarks/deltas.py.
///
///     DeltaBenchmark FOLDER BASE.safetensors CHILD.safetensors ROUNDS
///
/// The folder gets two registries for each round: in one the child has the base as its base, in the
/// other none. Prints a JSON object with the bytes and the seconds, a list for each round. "loaded" is
/// the time until all tensors can be used, "read" that until each of them was compared with its
/// digest, both on all cores. Tensors that are whole are mapped: "copied" is the time until they lie in
/// memory of the process, as reading a file leaves them and as deltas always do, and were compared.
@main
enum DeltaBenchmark {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 5, let rounds = Int(arguments[4]) else {
      throw RegistryError(
        .interrupted, "usage: DeltaBenchmark FOLDER BASE.safetensors CHILD.safetensors ROUNDS")
    }
    let child = try ModelFileReader.read(path: arguments[3]).stateDict
    var figures: [String: [Double]] = [:]
    for round in 0..<rounds {
      for isDelta in [true, false] {
        let kind = isDelta ? "delta" : "whole"
        let folder = "\(arguments[1])/\(kind)-\(round)"
        _ = try Registry.initialize(at: folder)
        let registry = try Registry(opening: folder)
        _ = try registry.importModel(
          ModelImportRequest(path: arguments[2], name: "base"))
        let base = try registry.load("base")
        let draft = ModelDraft(
          name: "child", origin: .derived, base: isDelta ? base : nil, network: base.network,
          labels: base.labels, preprocessing: base.preprocessing,
          freezePlan: .allTrainable(of: base.network),
          stateDict: child, source: ModelSource(), mustBeNew: true)
        var bytes = 0
        figures["\(kind)_write", default: []].append(
          try seconds { bytes = try registry.register(draft).bytesAdded })
        figures["\(kind)_bytes", default: []].append(Double(bytes))
        for _ in 0..<3 {
          var model: LoadedModel?
          let loading = try seconds { model = try registry.load("child") }
          let checking = try seconds { if let model { try check(model) } }
          figures["\(kind)_loaded", default: []].append(loading)
          figures["\(kind)_read", default: []].append(loading + checking)
          if !isDelta {
            let copying = try seconds { if let model { try copy(model) } }
            figures["\(kind)_copied", default: []].append(loading + copying)
          }
        }
      }
    }
    let json = try JSONSerialization.data(withJSONObject: figures, options: [.sortedKeys])
    print(String(decoding: json, as: UTF8.self))
  }

  /// Compares the digests of the tensors that loading has not compared: those that are mapped.
  private static func check(_ model: LoadedModel) throws {
    let names = model.stateDict.names
    try ParallelLoop.run(count: names.count, threads: ComputeThread.availableCores) { index in
      guard model.isIntact(names[index]) else {
        throw RegistryError(.damagedPack, "The tensor \(names[index]) is damaged.")
      }
    }
  }

  /// Copies all tensors into memory of their own and compares the copies with their digests.
  private static func copy(_ model: LoadedModel) throws {
    let tensors = model.stateDict.entries.map { (name: $0.0, tensor: $0.1) }
    var starts = [0]
    for (_, tensor) in tensors { starts.append(starts[starts.count - 1] + tensor.byteCount) }
    let offsets = starts
    _ = try ByteStorage(uninitializedCount: offsets[tensors.count]) { memory in
      // Safe to share: each turn writes a range of its own.
      nonisolated(unsafe) let memory = memory
      try ParallelLoop.run(count: tensors.count, threads: ComputeThread.availableCores) { index in
        let (name, tensor) = tensors[index]
        let target = UnsafeMutableRawBufferPointer(
          rebasing: memory[offsets[index]..<offsets[index + 1]])
        tensor.withUnsafeBytes { target.copyMemory(from: $0) }
        var hasher = DigestHasher(ofTensor: tensor.scalarType, tensor.shape)
        hasher.update(UnsafeRawBufferPointer(target))
        guard hasher.finalize() == model.digests[name] else {
          throw RegistryError(.damagedPack, "The tensor \(name) is damaged.")
        }
      }
    }
  }

  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let duration = try clock.measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
