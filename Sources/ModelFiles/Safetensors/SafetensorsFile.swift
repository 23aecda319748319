package import Diagnostics
package import Networks
package import Tensors

/// What a safetensors file holds: eight bytes with the length of a JSON header, the header, and
/// the tensors' bytes without a gap (https://github.com/huggingface/safetensors).
package struct SafetensorsFile: Sendable {
  /// The tensors, in the order of the header; mapped, unless an offset does not suit the type.
  package let stateDict: StateDict
  /// The texts under `__metadata__`.
  package let metadata: [String: String]
  /// Where each tensor stands, in the order of the header.
  package let entries: [SafetensorsEntry]
}

/// One tensor of a safetensors file.
package struct SafetensorsEntry: Hashable, Sendable {
  package let name: String
  package let scalarType: ScalarType
  package let shape: Shape
  /// Where its bytes start, from the start of the file.
  package let byteOffset: Int
  package let byteCount: Int
}

extension RegistryError.Code {
  /// The header's length is more than 100 MB, more than the file has, or not there.
  package static let safetensorsHeaderLength = Self("safetensors_header_length", .badInput)
  /// The header is not the JSON that the format prescribes.
  package static let safetensorsHeader = Self("safetensors_header", .badInput)
  /// The header names a tensor, or part of one, twice.
  package static let safetensorsDuplicateKey = Self("safetensors_duplicate_key", .badInput)
  /// A tensor has a type that is not known.
  package static let safetensorsType = Self("safetensors_type", .badInput)
  /// A tensor's offsets run backwards or past the end of the file.
  package static let safetensorsOffsets = Self("safetensors_offsets", .badInput)
  /// A tensor's offsets do not agree with its shape and type.
  package static let safetensorsLength = Self("safetensors_length", .badInput)
  /// Two tensors share bytes.
  package static let safetensorsOverlap = Self("safetensors_overlap", .badInput)
  /// Bytes between tensors belong to none.
  package static let safetensorsHole = Self("safetensors_hole", .badInput)
  /// Bytes after the last tensor belong to none.
  package static let safetensorsTrailingBytes = Self("safetensors_trailing_bytes", .badInput)
}

/// The safetensors format.
package enum Safetensors {
  /// The longest header that the format allows.
  static let maximumHeaderBytes = 100_000_000

  /// Checks every rule of the format and lends the tensors out of `storage`.
  ///
  /// - Throws: The code of the rule that is broken, with the tensor or the byte.
  package static func read(
    _ storage: ByteStorage, path: String
  ) throws(RegistryError) -> SafetensorsFile {
    do {
      return try read(storage)
    } catch {
      throw error.at(.file(path))
    }
  }

  private static func read(_ storage: ByteStorage) throws(RegistryError) -> SafetensorsFile {
    var cursor = ByteCursor(storage, code: .safetensorsHeaderLength)
    let headerLength = try cursor.count64()
    guard headerLength <= maximumHeaderBytes else {
      throw RegistryError(
        .safetensorsHeaderLength,
        "The header claims \(headerLength) bytes, more than the format's \(maximumHeaderBytes).",
        place: Place(byteOffset: 0), remedy: remedy)
    }
    let range = try cursor.take(headerLength)
    let bytes = storage.withUnsafeBytes { Array($0[range]) }
    let header = try SafetensorsHeader(bytes)
    let dataStart = range.upperBound
    try checkCoverage(header.tensors, dataBytes: storage.count - dataStart)
    var stateDict = StateDict()
    var entries: [SafetensorsEntry] = []
    for tensor in header.tensors {
      let entry = SafetensorsEntry(
        name: tensor.name, scalarType: tensor.scalarType, shape: tensor.shape,
        byteOffset: dataStart + tensor.begin, byteCount: tensor.end - tensor.begin)
      entries.append(entry)
      stateDict[tensor.name] = storage.tensor(
        shape: tensor.shape, scalarType: tensor.scalarType, byteOffset: entry.byteOffset)
    }
    return SafetensorsFile(stateDict: stateDict, metadata: header.metadata, entries: entries)
  }

  /// Refuses tensors that do not fill the data exactly, one behind the other.
  private static func checkCoverage(
    _ tensors: [SafetensorsHeader.Tensor], dataBytes: Int
  ) throws(RegistryError) {
    for tensor in tensors {
      guard tensor.begin >= 0, tensor.begin <= tensor.end, tensor.end <= dataBytes else {
        throw RegistryError(
          .safetensorsOffsets,
          "The tensor \(tensor.name) claims the bytes \(tensor.begin) to \(tensor.end) of "
            + "\(dataBytes).",
          place: Place(tensor: tensor.name), remedy: remedy)
      }
      let (length, overflow) = tensor.shape.elementCount.multipliedReportingOverflow(
        by: tensor.scalarType.byteCount)
      guard !overflow, length == tensor.end - tensor.begin else {
        throw RegistryError(
          .safetensorsLength,
          "The tensor \(tensor.name) of shape \(tensor.shape) and type "
            + "\(tensor.scalarType.rawValue) has \(tensor.end - tensor.begin) bytes.",
          place: Place(tensor: tensor.name), remedy: remedy)
      }
    }
    var covered = 0
    for tensor in tensors.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      guard tensor.begin == covered else {
        let overlaps = tensor.begin < covered
        throw RegistryError(
          overlaps ? .safetensorsOverlap : .safetensorsHole,
          overlaps
            ? "The tensor \(tensor.name) shares bytes with another one."
            : "The \(tensor.begin - covered) bytes before the tensor \(tensor.name) belong to none.",
          place: Place(tensor: tensor.name), remedy: remedy)
      }
      covered = tensor.end
    }
    guard covered == dataBytes else {
      throw RegistryError(
        .safetensorsTrailingBytes,
        "The last \(dataBytes - covered) bytes of the file belong to no tensor.", remedy: remedy)
    }
  }

  static let remedy = "The file is damaged or was made on purpose; get it again from its source."
}

extension ByteStorage {
  /// A tensor over these bytes; a copy when they do not start at a multiple of the element's size.
  ///
  /// - Precondition: the tensor lies within the storage.
  func tensor(shape: Shape, scalarType: ScalarType, byteOffset: Int) -> Tensor {
    if byteOffset.isMultiple(of: scalarType.byteCount) {
      return Tensor(shape: shape, scalarType: scalarType, storage: self, byteOffset: byteOffset)
    }
    let length = shape.elementCount * scalarType.byteCount
    let copy = ByteStorage(count: length) { bytes in
      withUnsafeBytes {
        bytes.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: $0[byteOffset..<byteOffset + length]))
      }
    }
    return Tensor(shape: shape, scalarType: scalarType, storage: copy)
  }
}
