internal import Catalog
internal import Diagnostics
internal import Foundation
internal import Tensors

/// A parser of what comes from outside, or of what a disk may have damaged.
///
/// An input is read or refused with a ``RegistryError`` that is no confession of a bug; anything
/// else, a trap above all, is a finding. `docs/fuzzing.md` tells what each one reads.
enum FuzzTarget: String, CaseIterable {
  case png, jpeg, exif
  case safetensors, pytorch, pickle
  case csv
  case jsonLines = "json-lines"
  case conditions, archive
  case archiveRecords = "archive-records"
  case deltas
  case edits, metrics, labels, references, keys
  case layers, checkpoint, activations

  /// Gives the parser one input.
  func run(_ bytes: UnsafeRawBufferPointer) {
    do {
      switch self {
      case .png: try Self.decodePNG(bytes)
      case .jpeg: try Self.decodeImage(bytes)
      case .exif: Self.readOrientation(bytes)
      case .safetensors, .pytorch: try Self.readModel(Data(bytes))
      case .pickle: try Self.readModel(Self.legacyStart + Data(bytes))
      case .csv, .jsonLines: try Self.readListing(bytes)
      case .conditions: try Self.search(bytes)
      case .archive: try Self.importArchive(Data(bytes))
      case .archiveRecords: try Self.importRecords(bytes)
      case .deltas: try Self.decodeDelta(bytes)
      case .edits: try Self.readEdits(bytes)
      case .metrics: try Self.readMetrics(bytes)
      case .labels: try Self.readLabels(bytes)
      case .references: _ = try Reference(parsing: String(decoding: bytes, as: UTF8.self))
      case .keys: try Self.readKeys(bytes)
      case .layers: try Self.readLayers(bytes)
      case .checkpoint: try Self.resume(bytes)
      case .activations: try Self.readActivations(bytes)
      }
    } catch let error as RegistryError {
      precondition(error.code.category != .internal, "\(rawValue): \(error)")
    } catch {
      fatalError("The parser \(rawValue) threw \(error), which is no RegistryError.")
    }
  }

  /// The longest input: what is read whole is shorter than what holds many parts.
  var maximumByteCount: Int {
    switch self {
    case .archive, .archiveRecords: 64 << 10
    default: 8 << 10
    }
  }

  // MARK: Files

  /// A folder for one process.
  static let scratch: URL = {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "registry-fuzzing-\(getpid())")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      fatalError("\(folder.path) cannot be made: \(error)")
    }
    return folder
  }()

  /// The path of a file with these bytes, until the next call.
  static func file(_ data: Data) -> String {
    let path = scratch.appending(path: "input")
    do {
      // Removed first: tensors of the last input may still be mapped.
      try? FileManager.default.removeItem(at: path)
      try data.write(to: path)
    } catch {
      fatalError("\(path.path) cannot be written: \(error)")
    }
    return path.path
  }
}
