private import Catalog
package import Diagnostics
private import FoundationEssentials
private import ModelFiles
private import Networks

/// The texts beside the tensors of an exported safetensors file, by which others know what the
/// model is, and by which an import gets the labels back.
package enum ModelFileMetadata {
  /// The labels in the order of the outputs, as a JSON list of texts.
  package static let labelsKey = "registry.labels"
  /// The name of the architecture.
  package static let architectureKey = "registry.architecture"

  /// What the outputs are to be put through to be probabilities: `softmax` or `sigmoid`.
  package static let activationKey = "registry.activation"
  /// The activation of independent labels.
  package static let sigmoid = "sigmoid"

  /// What an exported file says about its model; the base is left out if there is none.
  package static func texts(of model: LoadedModel) -> [String: String] {
    var texts = [
      // By this word readers know that names and shapes are PyTorch's.
      "format": "pt", "registry.model": model.name.description,
      architectureKey: model.record.architecture, labelsKey: model.record.labels,
      "registry.preprocessing": model.record.preprocessing,
      activationKey: model.network.hasIndependentLabels ? sigmoid : "softmax",
    ]
    if let base = model.record.base { texts["registry.base"] = base.description }
    return texts
  }

  /// The labels in the texts of a file; `nil` if it has none.
  ///
  /// - Throws: `malformed_labels` when they are no list of texts, have a null character or are
  ///   more bytes than a label file may have.
  package static func labels(
    in texts: [String: String], path: String, limits: InputLimits
  ) throws -> [String]? {
    guard let text = texts[labelsKey] else { return nil }
    guard text.utf8.count <= limits.maximumTextBytes else {
      throw malformed("have more than \(limits.maximumTextBytes) bytes", path)
    }
    let labels: [String]
    do {
      labels = try JSONDecoder().decode([String].self, from: Data(text.utf8))
    } catch {
      throw malformed("are no JSON list of texts", path, cause: error)
    }
    guard !labels.contains(where: { $0.utf8.contains(0) }) else {
      throw malformed("have a null character", path)
    }
    return labels
  }

  private static func malformed(
    _ complaint: String, _ path: String, cause: (any Error)? = nil
  ) -> RegistryError {
    RegistryError(
      .malformedLabels, "The labels in the metadata of the file \(complaint).", place: .file(path),
      remedy: "Give the labels with --labels FILE.", cause: cause)
  }
}
