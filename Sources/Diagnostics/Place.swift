/// Where something went wrong, as exactly as is known.
public struct Place: Sendable, Hashable, CustomStringConvertible {
  /// The path of a file or folder.
  public var file: String?
  /// The line within a text file, counted from one.
  public var line: Int?
  /// The offset in bytes from the start of the file.
  public var byteOffset: Int?
  /// The layer of a network, by its state dict name.
  public var layer: String?
  /// The tensor, by its state dict name.
  public var tensor: String?
  /// The model, dataset, run or option that was asked for.
  public var subject: String?

  /// A place of which some parts are known.
  public init(
    file: String? = nil, line: Int? = nil, byteOffset: Int? = nil, layer: String? = nil,
    tensor: String? = nil, subject: String? = nil
  ) {
    self.file = file
    self.line = line
    self.byteOffset = byteOffset
    self.layer = layer
    self.tensor = tensor
    self.subject = subject
  }

  /// A place that names a file only.
  public static func file(_ path: String) -> Place { Place(file: path) }

  /// A place that names a model, a dataset, a run or an option.
  public static func subject(_ name: String) -> Place { Place(subject: name) }

  /// Whether nothing is known.
  public var isEmpty: Bool { self == Place() }

  /// This place with its unknown parts taken from another.
  public func completed(with other: Place) -> Place {
    Place(
      file: file ?? other.file, line: line ?? other.line,
      byteOffset: byteOffset ?? other.byteOffset, layer: layer ?? other.layer,
      tensor: tensor ?? other.tensor, subject: subject ?? other.subject)
  }

  /// The known parts, from the widest to the narrowest, separated by commas.
  public var description: String {
    var parts: [String] = []
    if let subject { parts.append(subject) }
    if let file { parts.append(file) }
    if let line { parts.append("line \(line)") }
    if let layer { parts.append("layer \(layer)") }
    if let tensor { parts.append("tensor \(tensor)") }
    if let byteOffset { parts.append("byte \(byteOffset)") }
    return parts.joined(separator: ", ")
  }
}
