package import Diagnostics

/// A file of a state dict: what it consists of, known before a byte of it is written.
package protocol ModelFileLayout {
  /// What follows what in the file.
  var pieces: [ModelFilePiece] { get }
  /// The length of the whole file.
  var byteCount: Int { get }
}

/// A part of a model file.
package enum ModelFilePiece: Sendable, Equatable {
  /// These bytes.
  case bytes([UInt8])
  /// The bytes of the tensor of that name.
  case tensor(String)
}

extension RegistryError.Code {
  /// A format cannot hold so much.
  package static let outputTooLarge = Self("output_too_large", .usage)
}
