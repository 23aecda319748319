/// The tensors of a model version.
public struct TensorList: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// The version.
  public var version: Int
  /// The tensors, in the order of the layers.
  public var tensors: [Entry]

  /// A tensor of the version.
  public struct Entry: Codable, Sendable {
    /// Its name in the state dict.
    public var name: String
    /// Its digest: the SHA-256 of its type, its shape and its bytes.
    public var digest: String
    /// The type of its numbers as safetensors names it, for example `F32`.
    public var type: String
    /// Its extents.
    public var shape: [Int]
    /// The length of its numbers in bytes.
    public var bytes: Int
  }
}
