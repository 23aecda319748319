package import Networks
package import Tensors

/// Where everything will stand in a safetensors file, known before a byte of it is written.
///
/// The data start at a multiple of 64 bytes. Tensors whose length is a multiple of 64 come first,
/// so that each of them starts at one too; the rest follow from the widest elements to the
/// narrowest, each at a multiple of its element's size. The format forbids gaps, so that no layout
/// can promise more. Within that, the given order is kept.
package struct SafetensorsLayout: ModelFileLayout, Sendable {
  /// The length of the header and the data start are multiples of this.
  package static let alignment = 64

  /// The length and the JSON, padded with spaces.
  package let headerBytes: [UInt8]
  /// Where each tensor stands, in the order of the file.
  package let entries: [SafetensorsEntry]
  /// The length of the whole file.
  package let byteCount: Int

  /// The layout for tensors of these names, types and shapes.
  ///
  /// - Precondition: names differ, and none is `__metadata__`.
  package init(
    _ tensors: [(name: String, scalarType: ScalarType, shape: Shape)],
    metadata: [String: String] = [:]
  ) {
    precondition(Set(tensors.map(\.name)).count == tensors.count, "names differ")
    precondition(!tensors.contains { $0.name == "__metadata__" }, "the name is the format's own")
    func rank(_ index: Int) -> Int {
      let tensor = tensors[index]
      let length = tensor.shape.elementCount * tensor.scalarType.byteCount
      return length.isMultiple(of: Self.alignment) ? Self.alignment : tensor.scalarType.byteCount
    }
    let order = tensors.indices.sorted { (-rank($0), $0) < (-rank($1), $1) }
    var json: [UInt8] = Array("{".utf8)
    if !metadata.isEmpty {
      let members = metadata.sorted { $0.key < $1.key }.map {
        "\(Self.quoted($0.key)):\(Self.quoted($0.value))"
      }
      json += "\"__metadata__\":{\(members.joined(separator: ","))}".utf8
    }
    var begins: [Int] = []
    var begin = 0
    for index in order {
      let (name, scalarType, shape) = tensors[index]
      let end = begin + shape.elementCount * scalarType.byteCount
      if json.count > 1 { json.append(UInt8(ascii: ",")) }
      json +=
        ("\(Self.quoted(name)):{\"dtype\":\"\(scalarType.rawValue)\",\"shape\":"
        + "[\(shape.extents.map(String.init).joined(separator: ","))],"
        + "\"data_offsets\":[\(begin),\(end)]}").utf8
      begins.append(begin)
      begin = end
    }
    json.append(UInt8(ascii: "}"))
    while !(8 + json.count).isMultiple(of: Self.alignment) { json.append(UInt8(ascii: " ")) }
    let length = UInt64(json.count)
    headerBytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + json
    let dataStart = headerBytes.count
    entries = zip(order, begins).map { index, begin in
      let (name, scalarType, shape) = tensors[index]
      return SafetensorsEntry(
        name: name, scalarType: scalarType, shape: shape, byteOffset: dataStart + begin,
        byteCount: shape.elementCount * scalarType.byteCount)
    }
    byteCount = dataStart + begin
  }

  /// The layout for the tensors of a state dict.
  package init(_ stateDict: StateDict, metadata: [String: String] = [:]) {
    self.init(
      stateDict.entries.map { ($0.name, $0.tensor.scalarType, $0.tensor.shape) },
      metadata: metadata)
  }

  /// The header, then the tensors.
  package var pieces: [ModelFilePiece] { [.bytes(headerBytes)] + entries.map { .tensor($0.name) } }

  /// Hands out the bytes of the file piece by piece, in order.
  ///
  /// - Precondition: the state dict has the tensors that the layout was made for.
  package func write(
    _ stateDict: StateDict, to sink: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    try headerBytes.withUnsafeBytes(sink)
    for entry in entries {
      guard let tensor = stateDict[entry.name], tensor.byteCount == entry.byteCount else {
        preconditionFailure("the tensor \(entry.name) is not the one that was laid out")
      }
      try tensor.withUnsafeBytes(sink)
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
