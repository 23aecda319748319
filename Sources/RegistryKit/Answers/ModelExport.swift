/// Which model becomes a file, and where.
public struct ModelExportRequest: Sendable {
  /// The model: `NAME`, `NAME@3` or `NAME@alias`.
  public var model: String
  /// How the file is written.
  public var format: Format
  /// The path of the file or folder.
  public var path: String
  /// Whether a file that is there is replaced; a folder never is.
  public var isReplacing: Bool
  /// Whether an ONNX model puts out probabilities rather than logits.
  public var hasProbabilities = false
  /// Whether an ONNX model reads the bytes of pictures, `[N, H, W, 3]`, rather than normalized pixels,
  /// `[N, 3, H, W]`.
  public var hasPreprocessing = false

  /// A request that leaves a file that is there alone.
  public init(
    model: String, path: String, format: Format = .safetensors, isReplacing: Bool = false
  ) {
    self.model = model
    self.format = format
    self.path = path
    self.isReplacing = isReplacing
  }

  /// How a model is written.
  public enum Format: String, Sendable, CaseIterable {
    /// One safetensors file with all tensors, the inherited ones too.
    case safetensors
    /// One file as `torch.save` writes a state dict.
    case pytorch
    /// One ONNX file with the network's graph.
    case onnx
    /// A folder as the Hugging Face Hub expects it: tensors, configuration, model card.
    case folder
  }
}

/// What exporting a model did.
public struct ModelExportResult: Codable, Sendable {
  /// The model's name.
  public var model: String
  /// The version.
  public var version: Int
  /// How the file is written.
  public var format: String
  /// The path of the file or folder, as it was given.
  public var path: String
  /// The length of the file, or of all files in the folder.
  public var bytes: Int
  /// The SHA-256 of the file, or of the folder's `model.safetensors`, in hexadecimal, as `sha256sum`
  /// prints it.
  public var digest: String
  /// How many tensors it has.
  public var tensors: Int
  /// The recalls in force that cover the version, the oldest first.
  public var recalled: [Recall] = []
}
