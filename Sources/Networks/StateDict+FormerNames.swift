private import Tensors

extension StateDict {
  /// The same tensors under the names that torchvision's networks have today.
  ///
  /// Published weights are older than some names, and torchvision renames them as it loads them:
  /// in the dense layers of DenseNet `norm.1` and `conv.1` are now `norm1` and `conv1`, and in the
  /// vision transformer `mlp.linear_1` and `mlp.linear_2` are `mlp.0` and `mlp.3`. A tensor keeps
  /// its former name when the file has another one of its present name.
  ///
  /// - Complexity: O(tensors).
  package func withPresentNames() -> StateDict {
    StateDict(
      entries.map { entry in
        guard let name = Self.presentName(of: entry.name), self[name] == nil else { return entry }
        return (name, entry.tensor)
      })
  }

  /// What a tensor is called today; `nil` when its name did not change.
  private static func presentName(of name: String) -> String? {
    // As in `features.denseblock1.denselayer1.norm.1.weight` and
    // `encoder.layers.encoder_layer_0.mlp.linear_1.weight`.
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 6 else { return nil }
    let present: String
    switch (parts[0], parts[3], parts[4]) {
    case ("features", "norm", "1"), ("features", "norm", "2"),
      ("features", "conv", "1"), ("features", "conv", "2"):
      guard parts[2].hasPrefix("denselayer") else { return nil }
      present = "\(parts[3])\(parts[4])"
    case ("encoder", "mlp", "linear_1"): present = "mlp.0"
    case ("encoder", "mlp", "linear_2"): present = "mlp.3"
    default: return nil
    }
    return (parts[..<3] + [Substring(present), parts[5]]).joined(separator: ".")
  }
}
